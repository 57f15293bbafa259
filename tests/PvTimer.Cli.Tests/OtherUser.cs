using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>
/// Another user of this machine, who runs pvtimer. Only root can be someone else: without it the same user does it,
/// from a home that has no token.
/// </summary>
internal sealed class OtherUser : IDisposable
{
    private const string Nobody = "65534";

    private static readonly string[] AsNobody =
    [
        .. new[] { "setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups" },
    ];

    private readonly NodeProgram _program = NodeProgram.Own(typeof(Program).Assembly.Location);

    public OtherUser()
    {
        Home = Directory.CreateTempSubdirectory("pvtimer-other-").FullName;
        IsAnother =
            Environment.IsPrivilegedProcess
            && Execute(["chown", Nobody, Home], isOther: false).Code == 0
            && Execute(
                ["test", "-r", typeof(Program).Assembly.Location, "-a", "-w", Home],
                isOther: true
            ).Code == 0;
    }

    /// <summary>What is tried is tried by a user who owns nothing of the first one's.</summary>
    public bool IsAnother { get; }

    /// <summary>Where their configuration and all they write goes.</summary>
    public string Home { get; }

    /// <summary>Has them run pvtimer.</summary>
    /// <param name="args">What it is told.</param>
    public (int Code, string Said) Run(params string[] args) =>
        Execute([_program.File, .. _program.Arguments, .. args], IsAnother);

    /// <summary>Has them see what is in a file; null: they cannot.</summary>
    public string? Read(string file) =>
        Execute(["cat", file], IsAnother) is (0, var content) ? content : null;

    /// <summary>A copy that is theirs.</summary>
    public string Give(string file)
    {
        string copy = Path.Combine(Home, Path.GetFileName(file));
        File.Copy(file, copy, overwrite: true);
        if (IsAnother)
        {
            Assert.Equal(0, Execute(["chown", Nobody, copy], isOther: false).Code);
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);

    private (int Code, string Said) Execute(IEnumerable<string> command, bool isOther)
    {
        string[] all = [.. isOther ? AsNobody : [], .. command];
        ProcessStartInfo start = new(all[0], all[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Home,
        };
        start.Environment["HOME"] = Home;
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Home, "config");
        using ChildProcess processChild = ChildProcess.Start(start);
        Process process = processChild.Process;
        System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}

using System;
using System.IO;
using System.Threading;

namespace PvTimer.Cli.Tests;

/// <summary>Runs the program in this process, in a folder of its own, and keeps what it said.</summary>
public sealed class CommandLine : IDisposable
{
    public const string Scenario = """
        scenario {
          name = short
          duration = 10ms
          host { cpus = 4, costs = COSTS }
          vms = [ { name = web, vcpus = 2, guest { type = cyclictest, period = 1ms } } ]
        }
        """;

    public CommandLine()
    {
        Folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        ScenarioFile = Path.Combine(Folder, "short.conf");
        string costs = Repository("config/costs/skylake.conf");
        File.WriteAllText(
            ScenarioFile,
            Scenario.Replace("COSTS", $"\"{costs}\"", StringComparison.Ordinal)
        );
    }

    public string Folder { get; }

    public string ScenarioFile { get; }

    public string Out => Path.Combine(Folder, "run");

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>Returns the exit code.</summary>
    public int Run(params string[] args) => Run(CancellationToken.None, args);

    public int Run(CancellationToken stop, params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = Program.Run(args, new Session(output, error, false, false, stop));
        Output = output.ToString();
        Error = error.ToString();
        Assert.False(
            Directory.Exists("runs"),
            "a test's run needs --out: others run at the same time"
        );
        return code;
    }

    /// <summary>A command that has to succeed; if it does not, the test says what it said.</summary>
    public void Succeed(params string[] args)
    {
        int code = Run(args);
        Assert.True(code == 0, $"exit code {code}: {Error}");
    }

    /// <summary>Ctrl-C as soon as a run has said what it is: it stops when it is asked for the first time.</summary>
    public int RunInterrupted(params string[] args)
    {
        using CancellationTokenSource stop = new();
        using StringWriter error = new();
        using Spoken output = new(stop.Cancel);
        int code = Program.Run(args, new Session(output, error, false, false, stop.Token));
        Output = output.ToString();
        Error = error.ToString();
        return code;
    }

    /// <summary>Standard output of a disk that is full: nothing that is written to it succeeds.</summary>
    public int RunUnheard(params string[] args)
    {
        using StringWriter error = new();
        using Spoken output = new(() => throw new IOException("No space left on device"));
        int code = Program.Run(
            args,
            new Session(output, error, false, false, CancellationToken.None)
        );
        Error = error.ToString();
        return code;
    }

    /// <summary>Does something whenever something is written.</summary>
    private sealed class Spoken(Action then) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            then();
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            then();
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A file of this repository, found upwards from the test's assembly.</summary>
    public static string Repository(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "PvTimer.Actors.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return Path.Combine(folder ?? throw new InvalidOperationException("no repository"), path);
    }
}

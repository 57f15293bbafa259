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
        return code;
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

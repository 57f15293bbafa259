using System;
using System.IO;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>A folder of its own with one scenario file in it; deleted afterwards.</summary>
public sealed class ScenarioFolder : IDisposable
{
    public const string Plain = """
        scenario {
          duration = 10ms
          host { cpus = 4, costs = skylake }
          vms = [ { name = web, vcpus = 2, guest { type = cyclictest, period = 1ms } } ]
        }
        """;

    public ScenarioFolder()
    {
        Folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "scenarios"));
        Directory.CreateDirectory(Path.Combine(Folder, "costs"));
        File.Copy(
            Repository("config/costs/skylake.conf"),
            Path.Combine(Folder, "costs/skylake.conf")
        );
    }

    public string Folder { get; }

    public string Write(string text, string name = "scenarios/test.conf")
    {
        string file = Path.Combine(Folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    public Scenario Read(string text, params string[] sets) =>
        ScenarioReader.Read(Write(text), sets);

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

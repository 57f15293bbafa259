using System;
using System.IO;
using System.Linq;
using PvTimer.Experiments.Sweeps;

namespace PvTimer.Experiments.Tests.Sweeps;

/// <summary>A short scenario in a folder of its own, to be swept.</summary>
internal sealed class SweptScenario : IDisposable
{
    private const string Text = """
        scenario {
          name = swept
          seed = 7
          duration = 4ms
          backends = [hrtimer, pvtimer]
          host { cpus = 3, tsc = 2500mhz, timer-cpu = last, costs = skylake }
          vms = [ { name = web, vcpus = 2, guest { type = exponential, mean = 100us } } ]
        }
        """;

    public SweptScenario()
    {
        Folder = Directory.CreateTempSubdirectory("pvtimer-sweep-").FullName;
        File = Path.Combine(Folder, "swept.conf");
        System.IO.File.WriteAllText(File, Text);
    }

    public string Folder { get; }

    public string File { get; }

    /// <summary>The matrix of these axes.</summary>
    public SweepPlan Plan(int repetitions, params string[] axes) =>
        SweepPlan.Of(Request(repetitions, axes));

    public SweepRequest Request(int repetitions, params string[] axes) =>
        new(File, [], [.. axes.Select(SweepAxis.Parse)], repetitions);

    /// <summary>Finished runs in a folder of that name.</summary>
    public SweepStore Store(string name) => new(Path.Combine(Folder, name));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

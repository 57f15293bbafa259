using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Predictions;

/// <summary>Whose future is asked for.</summary>
/// <param name="Recordings">Of a guest, or of guests that share a host; each becomes a VM.</param>
/// <param name="HostFile">A file that says the host, as pvtimer import-host writes it; null: as few pCPUs as the guests need.</param>
/// <param name="Costs">A cost profile; null: the host's, or the usual one.</param>
/// <param name="Tsc">The guests' TSC, where a recording does not name it.</param>
/// <param name="Repetitions">Seeds of the tail's interval, at least 2.</param>
public sealed record PredictionRequest(
    ImmutableArray<string> Recordings,
    string? HostFile,
    string? Costs,
    TscFrequency? Tsc,
    int Repetitions
)
{
    /// <summary>What is taken where neither a host nor a user says what things cost.</summary>
    public const string UsualCosts = "cascadelake-kvm";

    /// <summary>"nginx", "nginx and 2 more": what the guests are called, after their files.</summary>
    public string Name =>
        Recordings.Length == 1
            ? NameOf(Recordings[0])
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{NameOf(Recordings[0])} and {Recordings.Length - 1} more"
            );

    /// <summary>The scenario that all of its runs begin from.</summary>
    /// <exception cref="ScenarioException">A recording or the host cannot be used.</exception>
    internal (Scenario Scenario, string Text) Scenario()
    {
        // The number of vCPUs is known once the recordings are read, on a host that has room for any.
        const int Roomy = 4_096;
        Scenario first = ReadText(Text(HostFile is null ? Roomy : null));
        string text = Text(HostFile is null ? first.Vms.Sum(vm => vm.Vcpus) + 1 : null);
        return (ReadText(text), text);
    }

    private string Text(int? cpus)
    {
        StringBuilder text = new("# Written by pvtimer predict: what it was asked about.\n");
        if (HostFile is not null)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"include \"{Path.GetFullPath(HostFile)}\"\n"
            );
        }
        text.Append("scenario {\n")
            .Append(CultureInfo.InvariantCulture, $"  name = \"{Name}\"\n")
            .Append("  duration = trace\n  host {\n");
        if (cpus is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"    cpus = {cpus}\n");
        }
        if (Costs is not null || HostFile is null)
        {
            text.Append(CultureInfo.InvariantCulture, $"    costs = \"{Costs ?? UsualCosts}\"\n");
        }
        text.Append("  }\n  vms = [\n");
        for (int index = 0; index < Recordings.Length; index++)
        {
            string file = Path.GetFullPath(Recordings[index]);
            string tsc = Tsc is { } rate ? $", tsc = {Units.Write(rate)}" : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"    {{ name = g{index}{tsc}, guest {{ type = trace, file = \"{file}\", replay = closed-loop }} }}\n"
            );
        }
        return text.Append("  ]\n}\n").ToString();
    }

    private static Scenario ReadText(string text)
    {
        const string File = "predict.conf";
        return ScenarioReader.Read(File, [], HeldFiles.Of(File, text));
    }

    /// <summary>"nginx" of "traces/nginx.ftrace.gz".</summary>
    private static string NameOf(string file)
    {
        const int MostOfName = 40;
        string whole = Path.GetFileName(file);
        int dot = whole.IndexOf('.', System.StringComparison.Ordinal);
        string stem = dot > 0 ? whole[..dot] : whole;
        return
            string.Concat(stem.Select(each => char.IsAsciiLetterOrDigit(each) ? each : '-'))
                .Trim('-')
                is { Length: > 0 } name
            ? name[..int.Min(name.Length, MostOfName)]
            : "recording";
    }
}

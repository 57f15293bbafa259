using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PvTimer.Formats.Writers;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>summary.json: names and shapes are a contract with other people's scripts.</summary>
public static class SummaryDocument
{
    /// <summary>
    /// Grows with each change of meaning. 1: values that do not exist were written as 0. 2: they are absent.
    /// </summary>
    public const int Schema = 2;

    private static readonly VmExitReason[] AlwaysShown =
    [
        VmExitReason.MsrWrite,
        VmExitReason.Hlt,
        VmExitReason.ExternalInterrupt,
        VmExitReason.PreemptionTimer,
    ];

    private static readonly uint[] MsrsAlwaysShown = [MsrIndex.Ia32TscDeadline, MsrIndex.X2ApicIcr];

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The whole document.</summary>
    public static JsonObject Of(ExperimentResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Verdict verdict = Verdict.Of(result);
        JsonObject backends = [];
        foreach (BackendResult backend in result.Backends)
        {
            backends[backend.Backend.Name] = Of(backend, result.Scenario);
        }
        return new JsonObject
        {
            ["schema"] = Schema,
            ["scenario"] = result.Scenario.Name,
            ["seed"] = result.Scenario.Seed,
            ["engine"] = NameOf(result.Engine),
            ["nodes"] = result.Nodes,
            ["regions"] = result.Regions,
            ["duration_ns"] = result.Scenario.Duration.Nanoseconds,
            ["interrupted"] = result.Interrupted,
            ["verdict"] = Of(verdict),
            ["verdict_in_words"] = new JsonArray([
                .. VerdictWords
                    .Of(verdict, result.Scenario.Duration)
                    .Select(line => (JsonNode)line),
            ]),
            ["warnings"] = new JsonArray([
                .. result.Scenario.Warnings.Select(warning => (JsonNode)warning),
            ]),
            ["backends"] = backends,
            ["thresholds"] = new JsonArray([
                .. result.Verdicts.Select(verdict => (JsonNode)Of(verdict)),
            ]),
        };
    }

    /// <summary>One back-end's part.</summary>
    public static JsonObject Of(BackendResult result, Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(scenario);
        MachineReport report = result.Report;
        double seconds = result.Wall.TotalSeconds;
        JsonObject summary = new()
        {
            ["trace_hash"] = result.Outcome.TraceHash,
            ["events"] = result.Outcome.Events,
            ["wall_seconds"] = Math.Round(seconds, 6),
            ["events_per_second"] =
                seconds > 0 ? Math.Round(result.Outcome.Events / seconds) : null,
            ["timers"] = Of(report.Timers),
            ["deadline_writes"] = report.DeadlineWrites,
            ["exits"] = Exits(report, scenario.ExitNamesOn(result.Backend)),
            ["timer_exits"] = report.TimerExits,
            ["timer_exits_per_fired"] = Figures.Ratio(report.TimerExits, report.Timers.Fired),
            ["lateness_ns"] = Lateness(report.Lateness),
            ["ipis"] = report.Ipis,
            ["posted_interrupts"] = report.PostedInterrupts,
            ["page_updates"] = report.PageUpdates,
            ["scans"] = report.Scans,
            ["timer_migrations"] = report.TimerMigrations,
            ["cpu_ns"] = Of(report.Cpu),
            ["steal_ns"] = report.Steal.Nanoseconds,
            ["throttled_ns"] = report.Throttled.Nanoseconds,
            ["requests_dropped"] = report.RequestsDropped,
            ["timer_cpu"] = new JsonObject
            {
                ["busy_ns"] = report.TimerCpu.Busy.Nanoseconds,
                ["utilisation"] = Figures.Ratio(
                    report.TimerCpu.Busy.Nanoseconds,
                    report.TimerCpu.Total.Nanoseconds
                ),
            },
            ["flaws"] = Of(report.Flaws),
            ["migrations"] = new JsonArray([
                .. report.Migrations.Select(migration => (JsonNode)Of(migration)),
            ]),
        };
        if (TunedAdvance.Of(report) is { IsEmpty: false } advances)
        {
            summary["timer_advance_ns"] = Of(advances);
        }
        if (result.Recorded is { } recorded)
        {
            summary["recorded"] = Of(recorded);
        }
        if (report.Replay is { } replay)
        {
            summary["replay"] = new JsonObject
            {
                ["interrupts"] = replay.Interrupts,
                ["unmatched"] = replay.Unmatched,
                ["at_recorded_time"] = replay.AtRecordedTime,
                ["remaining"] = replay.Remaining,
                ["deadlines"] = replay.Deadlines,
                ["programmed"] = replay.Programmed,
                ["not_reached"] = replay.NotReached,
                ["broken_waits"] = replay.BrokenWaits,
            };
        }
        return WithoutAbsent(summary);
    }

    /// <summary>By VM.</summary>
    private static JsonObject Of(ImmutableArray<TunedAdvance> advances)
    {
        JsonObject byVm = [];
        foreach (TunedAdvance advance in advances)
        {
            byVm[advance.Vm] = new JsonObject
            {
                ["min"] = advance.Shortest.Nanoseconds,
                ["max"] = advance.Longest.Nanoseconds,
            };
        }
        return byVm;
    }

    private static JsonObject Of(RecordedComparison recorded)
    {
        JsonObject comparison = new()
        {
            ["lateness_ns"] = Lateness(recorded.Lateness),
            ["lateness_to"] = recorded.LatenessEnd is { } end
                ? KebabCase.Of(end.ToString())
                : "mixed",
            ["relative_to"] = recorded.IsRelative ? "smallest" : "deadline",
            ["ks_distance"] = recorded.Distance is { } distance ? Math.Round(distance, 6) : null,
        };
        if (recorded.Exits.ByReason.IsEmpty)
        {
            return comparison;
        }
        JsonObject exits = [];
        foreach (ExitStatistics exit in recorded.Exits.ByReason)
        {
            exits[VmExitReasonNames.NameOf(exit.Reason)] = new JsonObject
            {
                ["count"] = exit.Count,
                ["time_ns"] = exit.Total.Nanoseconds,
            };
        }
        comparison["exits"] = exits;
        comparison["exits_exceed_replay"] = recorded.Exits.ExceedReplay;
        return comparison;
    }

    /// <summary>A value that does not exist is not there, not null; but migrations say what did not end.</summary>
    private static JsonObject WithoutAbsent(JsonObject document)
    {
        foreach ((string key, JsonNode? value) in document.ToArray())
        {
            if (value is null)
            {
                document.Remove(key);
            }
            else if (value is JsonObject inner)
            {
                WithoutAbsent(inner);
            }
        }
        return document;
    }

    private static JsonObject Of(Verdict verdict)
    {
        JsonObject criteria = [];
        foreach (Criterion criterion in verdict.Criteria)
        {
            JsonObject figures = [];
            foreach (CriterionFigure figure in criterion.Figures)
            {
                figures[figure.Backend] = figure.Value;
            }
            criteria[criterion.Name] = new JsonObject
            {
                ["winner"] = criterion.Winner,
                ["figures"] = figures,
            };
        }
        return WithoutAbsent(criteria);
    }

    /// <summary>Indented, with a line feed at its end.</summary>
    public static string Write(JsonNode document) =>
        document.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";

    internal static string NameOf(EngineKind engine) =>
        engine == EngineKind.Actors ? "actors" : "sequential";

    internal static EngineKind EngineOf(string name) =>
        name switch
        {
            "actors" => EngineKind.Actors,
            "sequential" => EngineKind.Sequential,
            _ => throw new FormatException($"'{name}' is no engine"),
        };

    private static JsonObject Of(TimerCounts timers) =>
        new()
        {
            ["armed"] = timers.Armed,
            ["fired"] = timers.Fired,
            ["replaced"] = timers.Replaced,
            ["cancelled"] = timers.Cancelled,
            ["pending"] = timers.Pending,
            ["lost"] = timers.Lost,
            ["early"] = timers.Early,
        };

    private static JsonObject Of(CpuTime time) =>
        new()
        {
            ["guest"] = time.Guest.Nanoseconds,
            ["exit"] = time.Exit.Nanoseconds,
            ["kthread"] = time.Kthread.Nanoseconds,
            ["interrupt"] = time.Interrupt.Nanoseconds,
            ["poll"] = time.Poll.Nanoseconds,
            ["idle"] = time.Idle.Nanoseconds,
        };

    private static JsonObject Of(FlawCounts flaws) =>
        new()
        {
            ["misread_deadlines"] = flaws.MisreadDeadlines,
            ["foreign_address_space_reads"] = flaws.ForeignAddressSpaceReads,
            ["split_locks"] = flaws.SplitLocks,
            ["foreign_vmcs_writes"] = flaws.ForeignVmcsWrites,
            ["lock_held_ns"] = flaws.LockHeld.Nanoseconds,
            ["cancel_spin_ns"] = flaws.CancelSpin.Nanoseconds,
            ["unkept_promises"] = flaws.UnkeptPromises,
            ["unanswered_doorbells"] = flaws.UnansweredDoorbells,
        };

    /// <summary>Null where it did not end in this run.</summary>
    private static JsonObject Of(MigrationReport migration) =>
        new()
        {
            ["vm"] = migration.Vm,
            ["from"] = migration.From,
            ["to"] = migration.To,
            ["begun_ns"] = (migration.BegunAt - VirtualTime.Zero).Nanoseconds,
            ["rounds"] = migration.Rounds,
            ["sent_bytes"] = migration.Sent.Bytes,
            ["total_ns"] = migration.Total?.Nanoseconds,
            ["downtime_ns"] = migration.Downtime?.Nanoseconds,
        };

    private static JsonObject Of(ThresholdVerdict verdict) =>
        WithoutAbsent(
            new JsonObject
            {
                ["path"] = verdict.Threshold.Path,
                ["condition"] = verdict.Threshold.Condition,
                ["value"] = verdict.Value,
                ["holds"] = verdict.Holds,
            }
        );

    /// <param name="report">What is counted.</param>
    /// <param name="names">Whose names the exits of its VMs have.</param>
    private static JsonObject Exits(MachineReport report, ImmutableArray<ExitNames> names)
    {
        ImmutableArray<NamedExits> named = NamedExits.Of(report.Exits);
        string[] writes =
        [
            .. names.Select(own => VmExitReasonNames.NameOf(VmExitReason.MsrWrite, own)),
        ];
        JsonObject exits = [];
        foreach (
            string name in names
                .SelectMany(own =>
                    AlwaysShown
                        .Where(reason => VmExitReasonNames.Has(own, reason))
                        .Select(reason => VmExitReasonNames.NameOf(reason, own))
                )
                .Union(named.Select(each => each.Name), StringComparer.Ordinal)
        )
        {
            ExitStatistics? exit = named.FirstOrDefault(each => each.Name == name)?.Exits;
            long count = exit?.Count ?? 0;
            long time = exit?.Total.Nanoseconds ?? 0;
            JsonObject statistics = new()
            {
                ["count"] = count,
                ["time_ns"] = time,
                ["min_ns"] = exit?.Shortest.Nanoseconds,
                ["max_ns"] = exit?.Longest.Nanoseconds,
                ["mean_ns"] = Figures.Ratio(time, count),
            };
            if (writes.Contains(name, StringComparer.Ordinal))
            {
                statistics["by_msr"] = ByMsr(exit);
            }
            exits[name] = statistics;
        }
        return exits;
    }

    private static JsonObject ByMsr(ExitStatistics? exit)
    {
        JsonObject counts = [];
        foreach (uint msr in MsrsAlwaysShown)
        {
            counts[Name(msr)] = 0;
        }
        if (exit is { ByMsr.IsDefaultOrEmpty: false })
        {
            foreach (MsrCount each in exit.ByMsr)
            {
                counts[Name(each.Msr)] = each.Count;
            }
        }
        return counts;
    }

    private static string Name(uint msr) => msr.ToString("x", CultureInfo.InvariantCulture);

    private static JsonObject Lateness(ExactDistribution lateness)
    {
        if (lateness.Count == 0)
        {
            return new JsonObject { ["count"] = lateness.Count };
        }
        var ascending = lateness.Ascending();
        JsonObject quantiles = new()
        {
            ["count"] = lateness.Count,
            ["min"] = ascending[0].Span.Nanoseconds,
            ["p50"] = lateness.Quantile(5_000).Nanoseconds,
            ["p90"] = lateness.Quantile(9_000).Nanoseconds,
            ["p99"] = lateness.Quantile(9_900).Nanoseconds,
            ["p99_9"] = lateness.Quantile(9_990).Nanoseconds,
            ["max"] = ascending[^1].Span.Nanoseconds,
            ["mean"] = Math.Round((double)lateness.Sum / lateness.Count, 3),
        };
        if (lateness.IsRounded)
        {
            quantiles["significant_digits"] = 3;
        }
        return quantiles;
    }
}

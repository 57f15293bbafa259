using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>thresholds { "pvtimer.lateness.p99" = "&lt; 50us" }</c>.</summary>
internal static class ThresholdReader
{
    public static ImmutableArray<Threshold> ReadAll(
        Settings from,
        ImmutableArray<TimerBackend> backends,
        ImmutableArray<VmSettings> vms
    ) => [.. from.FreeTexts().Select(pair => Read(from, pair.Key, pair.Value, backends, vms))];

    private static Threshold Read(
        Settings from,
        string path,
        string condition,
        ImmutableArray<TimerBackend> backends,
        ImmutableArray<VmSettings> vms
    )
    {
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        string backendName = dot < 0 ? path : path[..dot];
        List<string> known = [.. backends.Select(backend => backend.Name)];
        int backend = known.IndexOf(backendName);
        if (backend < 0)
        {
            throw from.Error(
                path,
                $"'{backendName}' is no back-end of this scenario",
                string.Join(" or ", known) + ", a dot, and a number of summary.json"
            );
        }
        string name = dot < 0 ? "" : path[(dot + 1)..];
        ImmutableArray<ExitNames> names = VmSettings.ExitNamesOn(backends[backend], vms);
        string? metric = Threshold.FindMetric(names, name);
        if (metric is null)
        {
            string nearest = NearestMetric.Of(name, Threshold.MetricsOf(names).Keys);
            string what =
                name.Length == 0
                    ? "names no number"
                    : $"there is no number '{name}', the nearest known one is '{nearest}'";
            throw from.Error(path, what, "a path below a back-end of summary.json");
        }
        if (
            !vms.Any(vm => vm.Guest is TraceGuest)
            && metric.StartsWith("recorded.", StringComparison.Ordinal)
        )
        {
            throw from.Error(path, "no VM replays a trace", "a number that this scenario has");
        }
        bool span = Threshold.MetricsOf(names)[metric];
        if (
            !Threshold.TryParseCondition(
                condition,
                span,
                out Comparison comparison,
                out decimal bound
            )
        )
        {
            throw from.Error(
                path,
                $"'{condition}' is no condition",
                "\"< N\", <=, >, >=, = or !=, N being "
                    + (span ? Units.SpanForms : "a number without unit")
            );
        }
        return new Threshold(backends[backend], metric, comparison, bound, path, condition.Trim());
    }
}

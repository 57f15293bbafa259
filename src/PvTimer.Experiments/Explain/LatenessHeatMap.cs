using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>The worst lateness by vCPU and time: where and when timers were late.</summary>
/// <param name="Span">Virtual time of a column.</param>
/// <param name="Rows">By vCPU, in the order of the machine; beyond 512 vCPUs neighbours share a row.</param>
public sealed record LatenessHeatMap(VirtualDuration Span, ImmutableArray<HeatMapRow> Rows)
{
    /// <summary>Columns at most.</summary>
    public const int MostColumns = 120;

    /// <summary>Rows at most.</summary>
    public const int MostRows = 512;
}

/// <param name="Vcpus">"web-0/vcpu-0", or the first and the last of several.</param>
/// <param name="Worst">By column, of the timers that fired in it; null: none did.</param>
public sealed record HeatMapRow(string Vcpus, ImmutableArray<VirtualDuration?> Worst);

/// <summary>Fills a <see cref="LatenessHeatMap"/> while a run goes on.</summary>
internal sealed class HeatMapFiller
{
    private readonly VirtualDuration _span;
    private readonly int _columns;
    private readonly int _perRow;
    private readonly ImmutableArray<string> _vcpus;
    private readonly VirtualDuration?[] _worst;

    /// <param name="vcpus">Their names.</param>
    /// <param name="duration">Of the run.</param>
    public HeatMapFiller(ImmutableArray<string> vcpus, VirtualDuration duration)
    {
        _vcpus = vcpus;
        long column =
            (duration.Nanoseconds + LatenessHeatMap.MostColumns - 1) / LatenessHeatMap.MostColumns;
        _span = VirtualDuration.FromNanoseconds(long.Max(1, column));
        _columns = (int)((duration.Nanoseconds + _span.Nanoseconds - 1) / _span.Nanoseconds);
        _perRow = (vcpus.Length + LatenessHeatMap.MostRows - 1) / LatenessHeatMap.MostRows;
        _worst = new VirtualDuration?[RowsOf(vcpus.Length) * _columns];
    }

    public void Add(int vcpu, VirtualTime entered, VirtualDuration lateness)
    {
        int column = int.Min((int)(entered.Nanoseconds / _span.Nanoseconds), _columns - 1);
        ref VirtualDuration? cell = ref _worst[(vcpu / _perRow * _columns) + column];
        cell = cell is { } before ? VirtualDuration.Max(before, lateness) : lateness;
    }

    public LatenessHeatMap Fill() =>
        new(
            _span,
            [
                .. Enumerable
                    .Range(0, RowsOf(_vcpus.Length))
                    .Select(row => new HeatMapRow(
                        NameOf(row),
                        [.. _worst.AsSpan(row * _columns, _columns)]
                    )),
            ]
        );

    private int RowsOf(int vcpus) => vcpus == 0 ? 0 : (vcpus + _perRow - 1) / _perRow;

    private string NameOf(int row)
    {
        string first = _vcpus[row * _perRow];
        string last = _vcpus[Math.Min((row + 1) * _perRow, _vcpus.Length) - 1];
        return first == last ? first : $"{first} to {last}";
    }
}

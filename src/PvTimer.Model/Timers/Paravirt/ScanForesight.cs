using System.Collections.Generic;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// How far a scan's outcome is known: pages in which nothing is found only get a new promise, which their guests see when they
/// look. What others notice is the next deadline that is taken, or the scan's end.
/// </summary>
internal sealed class ScanForesight(HostTopology host, PageSynchronization synchronization)
    : IStateful
{
    /// <summary>So many pages have to be passed before laziness is worth its bookkeeping.</summary>
    private const int FewestPages = 2;

    private readonly HostTopology _host = host;
    private readonly PageSynchronization _synchronization = synchronization;
    private VirtualTime _notice;

    /// <summary>It comes so soon that the scan goes step by step until then.</summary>
    private bool _isSoon;

    /// <summary>A page, or what is done with it, may be another one from now on.</summary>
    public void Forget() => _notice = VirtualTime.Zero;

    /// <summary>From one page to the next: another VM has another address space.</summary>
    public VirtualDuration WayTo(List<PageEntry> visits, int visit)
    {
        bool otherVm = visit == 0 || visits[visit].Vm != visits[visit - 1].Vm;
        return otherVm ? _host.Costs.ScanPerVm : VirtualDuration.Zero;
    }

    /// <summary>When the scan does something that others notice; now: it is not to be foreseen.</summary>
    /// <param name="now">When.</param>
    /// <param name="next">When its next step is taken.</param>
    /// <param name="phase">Which step that is.</param>
    /// <param name="visits">The pages, in their order.</param>
    /// <param name="visit">Where it is.</param>
    public VirtualTime NextNotice(
        VirtualTime now,
        VirtualTime next,
        ScanPhase phase,
        List<PageEntry> visits,
        int visit
    )
    {
        if (_notice <= now)
        {
            (_notice, int found) = Find(next, phase, visits, visit);
            _isSoon = found - visit < FewestPages;
        }
        return _isSoon ? now : _notice;
    }

    /// <summary>When that is, and at which page.</summary>
    private (VirtualTime At, int Visit) Find(
        VirtualTime at,
        ScanPhase phase,
        List<PageEntry> visits,
        int first
    )
    {
        if (phase is ScanPhase.Finish or ScanPhase.Posting)
        {
            return (at, first);
        }
        for (int visit = first; visit < visits.Count; visit++)
        {
            PageEntry entry = visits[visit];
            bool isPromised = visit == first && phase == ScanPhase.Exchange;
            at += visit == first ? VirtualDuration.Zero : WayTo(visits, visit);
            if (isPromised || entry.Enabled)
            {
                at += isPromised ? VirtualDuration.Zero : _synchronization.Stall(entry);
                if (!entry.Page.Expire.IsNone)
                {
                    return (at, visit);
                }
                at += _synchronization.LineTransfer(entry);
            }
            at += _host.Costs.ScanPerVcpu;
        }
        return (at, visits.Count);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _notice = state.Value(_notice);
        _isSoon = state.Value(_isSoon);
    }
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>The host's view of every page that it may have to scan: those that are here, and whose they are.</summary>
internal sealed class PageTable : IStateful
{
    private readonly ImmutableArray<PageEntry> _pages;
    private readonly Dictionary<EntityId, PageEntry> _byVcpu = [];

    /// <summary>The pages of the VMs that are on this host, in the order of all pages.</summary>
    private readonly List<PageEntry> _here = [];

    public PageTable(ImmutableArray<PageEntry> pages)
    {
        _pages = pages;
        foreach (PageEntry page in pages)
        {
            _byVcpu.Add(page.Vcpu, page);
        }
        ListPagesHere();
    }

    /// <summary>The pages of the VMs that are on this host, always in one order.</summary>
    public List<PageEntry> Here => _here;

    public PageEntry this[EntityId vcpu] => _byVcpu[vcpu];

    /// <summary>A deadline of this vCPU is in its page.</summary>
    public bool KnowsTimerOf(EntityId vcpu) =>
        _byVcpu.TryGetValue(vcpu, out PageEntry? entry)
        && entry.Enabled
        && !entry.Page.Expire.IsNone;

    /// <summary>
    /// The deadlines that wait in pages: whose, when they are due, and by when the page was promised another
    /// look.
    /// </summary>
    public IEnumerable<(EntityId Vcpu, VirtualTime Due, VirtualTime NextLook)> InPages() =>
        _here
            .Where(entry => entry.Enabled && entry.Page.Expire.IsDeadline)
            .Select(entry =>
                (
                    entry.Vcpu,
                    entry.Clock.TimeOf(entry.Page.Expire.Deadline),
                    entry.Clock.TimeOf(entry.Page.NextSyncTsc)
                )
            );

    /// <summary>A VM has come, and its vCPU's clock goes on from here.</summary>
    public void Add(EntityId vcpu, TscClock clock)
    {
        PageEntry entry = _byVcpu[vcpu];
        entry.Clock = clock;
        entry.IsHere = true;
        ListPagesHere();
    }

    /// <summary>Its VM goes, and nothing of it stays.</summary>
    public void Remove(PageEntry entry)
    {
        entry.IsHere = false;
        entry.Enabled = false;
        entry.ArmedOnPcpu = false;
        entry.Page.Expire = PageRequest.None;
        entry.Page.NextSyncTsc = TscTicks.Zero;
        ListPagesHere();
    }

    /// <inheritdoc/>
    /// <remarks>Pages that are not among the bytes (of vCPUs that came later) keep their first values.</remarks>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int pages = state.Count(_pages.Length);
        for (int index = 0; index < pages; index++)
        {
            TransferReference(state, state.IsThawing ? null : _pages[index]).Transfer(state);
        }
        ListPagesHere();
    }

    /// <summary>Which page, as the id of its vCPU.</summary>
    public PageEntry TransferReference(StateTransfer state, PageEntry? entry)
    {
        EntityId vcpu = state.Value(entry?.Vcpu ?? default);
        return _byVcpu.TryGetValue(vcpu, out PageEntry? found)
            ? found
            : throw state.Damaged($"vCPU {vcpu} has no page here");
    }

    private void ListPagesHere()
    {
        _here.Clear();
        _here.AddRange(_pages.Where(page => page.IsHere));
    }
}

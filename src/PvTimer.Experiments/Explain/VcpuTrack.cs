using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Explain;

/// <summary>Where a vCPU stands.</summary>
internal enum Standing
{
    /// <summary>On no pCPU: its VM is elsewhere, or between two hosts.</summary>
    Away,

    /// <summary>On its way to another pCPU.</summary>
    Moving,
    Runnable,
    Throttled,

    /// <summary>Its pCPU switches to its thread.</summary>
    SwitchingIn,
    Entering,
    InGuest,

    /// <summary>On the way out, or its exit is handled.</summary>
    Exiting,
    Polling,
    Blocked,
}

/// <summary>A vCPU's place at an instant.</summary>
/// <param name="Is">Where it stands.</param>
/// <param name="Pcpu">Where its thread is.</param>
/// <param name="Exit">The reason of its last exit.</param>
internal readonly record struct VcpuPlace(Standing Is, EntityId Pcpu, VmExitReason? Exit);

/// <summary>What became of one vCPU and of its timers, read from the machine's steps.</summary>
internal sealed class VcpuTrack(EntityId id)
{
    /// <summary>As many overwritten deadlines as the ledger of the vCPU remembers, and a few that are accepted.</summary>
    private const int MostTimers = 24;

    private readonly List<TrackedTimer> _timers = [];

    /// <summary>It has left guest mode, and its pCPU does not know yet.</summary>
    private bool _isLeaving;

    public EntityId Id { get; } = id;

    public Timeline<VcpuPlace> Places { get; } = new();

    public Timeline<bool> IsPaused { get; } = new();

    /// <summary>Its quota is spent.</summary>
    public bool IsThrottled { get; set; }

    /// <summary>Its hrtimer in periodic mode that is queued; null: there is none.</summary>
    public TimerStage? Periodic { get; set; }

    /// <summary>The deadline that it programmed last; null: none yet.</summary>
    public TrackedTimer? Current => _timers.Count == 0 ? null : _timers[^1];

    /// <summary>Accepted by its LAPIC, and not entered yet.</summary>
    public IEnumerable<TrackedTimer> Accepted => _timers.Where(timer => timer.IsAccepted);

    /// <summary>Until when is what its timers went through still needed, if they fire.</summary>
    public VirtualTime Needs =>
        _timers
            .Where(timer => timer.IsAccepted || timer == Current)
            .Select(timer => timer.Due)
            .DefaultIfEmpty(VirtualTime.MaxValue)
            .Min();

    public void Program(TrackedTimer timer)
    {
        _timers.Add(timer);
        if (_timers.Count > MostTimers)
        {
            _timers.RemoveAt(0);
        }
    }

    /// <summary>The one that was programmed last under this name; else, if there is one, the one programmed last.</summary>
    public TrackedTimer? Find(TscTicks deadline) =>
        _timers.FindLast(timer => timer.Deadline == deadline) ?? Current;

    /// <summary>Takes out the one that fires; null: it was programmed before the vCPU came here.</summary>
    public TrackedTimer? Take(TscTicks deadline)
    {
        TrackedTimer? fired =
            _timers.FindLast(timer => timer.Deadline == deadline && timer.IsAccepted)
            ?? _timers.Find(timer => timer.IsAccepted)
            ?? Find(deadline);
        if (fired is not null)
        {
            _timers.Remove(fired);
        }
        return fired;
    }

    /// <summary>Its pCPU has taken a step.</summary>
    public void StandsAt(VirtualTime now, EntityId pcpu, VcpuRunState state)
    {
        VcpuPlace last = Places.Last;
        _isLeaving &= state == VcpuRunState.InGuest;
        Standing standing = state switch
        {
            VcpuRunState.InGuest when _isLeaving => Standing.Exiting,
            VcpuRunState.InGuest when last.Is == Standing.InGuest => Standing.InGuest,
            VcpuRunState.InGuest => Standing.Entering,
            VcpuRunState.Exiting
                when last.Is
                    is not (
                        Standing.Exiting
                        or Standing.InGuest
                        or Standing.Polling
                        or Standing.Entering
                    ) => Standing.SwitchingIn,
            VcpuRunState.Exiting => Standing.Exiting,
            VcpuRunState.Polling => Standing.Polling,
            VcpuRunState.Blocked => Standing.Blocked,
            _ => IsThrottled ? Standing.Throttled : Standing.Runnable,
        };
        Stands(now, last with { Is = standing, Pcpu = pcpu });
    }

    /// <summary>Guest mode begins.</summary>
    public void Enters(VirtualTime now, EntityId pcpu) =>
        Stands(now, new VcpuPlace(Standing.InGuest, pcpu, Exit: null));

    /// <summary>It leaves guest mode.</summary>
    public void Leaves(VirtualTime now, VmExitReason reason)
    {
        _isLeaving = true;
        Stands(now, Places.Last with { Is = Standing.Exiting, Exit = reason });
    }

    public void Stands(VirtualTime now, VcpuPlace place)
    {
        if (Places.IsEmpty || Places.Last != place)
        {
            Places.Add(now, place);
        }
    }

    public void Forget(VirtualTime before)
    {
        Places.Forget(before);
        IsPaused.Forget(before);
    }
}

using System.Collections.Immutable;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>Whether a vCPU's VM is on this host, and what waits for it while it is on its way.</summary>
/// <param name="isHome">It is when the run begins.</param>
internal sealed class VcpuStanding(bool isHome) : IStateful
{
    private enum Place
    {
        /// <summary>On another host, or on its way.</summary>
        Away,
        Here,

        /// <summary>On its way out of KVM_RUN.</summary>
        Stopping,

        /// <summary>Out of KVM_RUN: it has its thread itself.</summary>
        Stopped,
    }

    private readonly record struct ExpectedDevice(VirtualTime At, byte Vector);

    private SmallQueue<ExpectedDevice> _devices;
    private SmallQueue<Message> _postponed;
    private Place _place = isHome ? Place.Here : Place.Away;

    /// <summary>On another host, or on its way.</summary>
    public bool IsAway => _place == Place.Away;

    /// <summary>Its VM runs here, and is not being stopped.</summary>
    public bool IsHere => _place == Place.Here;

    /// <summary>Out of KVM_RUN: it has its thread itself.</summary>
    public bool IsStopped => _place == Place.Stopped;

    /// <summary>What comes from outside while the VM is on its way is done when it goes on.</summary>
    public bool Postpones(Message message)
    {
        if (!IsHere)
        {
            _postponed.Enqueue(message);
        }
        return !IsHere;
    }

    /// <summary>What was postponed until now.</summary>
    public ImmutableArray<Message> Postponed
    {
        get
        {
            var postponed = ImmutableArray.CreateBuilder<Message>(_postponed.Count);
            for (int index = 0; index < _postponed.Count; index++)
            {
                postponed.Add(_postponed[index]);
            }
            return postponed.MoveToImmutable();
        }
    }

    /// <summary>They were postponed here before its VM came with what was postponed elsewhere.</summary>
    public void Postpone(ImmutableArray<Message> messages)
    {
        foreach (Message message in messages)
        {
            _postponed.Enqueue(message);
        }
    }

    public void BeginStop() => _place = Place.Stopping;

    public void Stop() => _place = Place.Stopped;

    public void Leave() => _place = Place.Away;

    /// <summary>It enters KVM_RUN again.</summary>
    public void GoOn() => _place = Place.Here;

    /// <summary>What was postponed is done now.</summary>
    public void SendPostponed(IEffects effects)
    {
        while (_postponed.Count > 0)
        {
            effects.After(VirtualDuration.Zero, _postponed.Dequeue());
        }
    }

    /// <summary>The guest has asked a device for an interrupt, which comes then.</summary>
    public void Expect(VirtualTime now, VirtualTime at, byte vector, IEffects effects)
    {
        VirtualDuration until = VirtualDuration.Max(at - now, VirtualDuration.Zero);
        _devices.Enqueue(new ExpectedDevice(now + until, vector));
        effects.After(until, new DeviceInterrupt(vector));
    }

    /// <summary>A device's interrupt that is expected for just now; others have come along to another host.</summary>
    public bool Takes(VirtualTime now, DeviceInterrupt device)
    {
        int place = IsAway ? -1 : _devices.IndexOf(new ExpectedDevice(now, device.Vector));
        if (place >= 0)
        {
            _devices.RemoveAt(place);
        }
        return place >= 0;
    }

    /// <summary>Devices have come along: what they were asked for comes here, what is overdue at once.</summary>
    public void ExpectAgain(VirtualTime now, IEffects effects)
    {
        for (int index = 0; index < _devices.Count; index++)
        {
            ExpectedDevice device = _devices[index];
            _devices[index] = device with { At = VirtualTime.Max(device.At, now) };
            effects.After(_devices[index].At - now, new DeviceInterrupt(device.Vector));
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        state.Queue(
            ref _devices,
            static (s, device) => new ExpectedDevice(s.Value(device.At), s.Value(device.Vector))
        );
        state.Queue(ref _postponed, static (s, message) => s.Message(message)!);
        _place = state.Enumeration(_place);
    }
}

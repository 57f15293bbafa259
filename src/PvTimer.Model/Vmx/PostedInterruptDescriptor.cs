using System;
using PvTimer.Model.Apic;
using PvTimer.Model.State;

namespace PvTimer.Model.Vmx;

/// <summary>
/// The posted-interrupt descriptor of one vCPU (Intel SDM vol. 3C, 30.6; layout as in VT-d: PIR, ON, SN, NV,
/// NDST). Whoever posts sets a bit of PIR, then ON; who sets ON first also sends the notification.
/// </summary>
/// <remarks>Invariant, checked after every step: ON implies that PIR is not empty.</remarks>
public struct PostedInterruptDescriptor
{
    /// <summary>KVM's notification vector for a vCPU in guest mode (POSTED_INTR_VECTOR).</summary>
    public const byte NotificationVector = 0xf2;

    /// <summary>The vector while the vCPU is blocked (POSTED_INTR_WAKEUP_VECTOR).</summary>
    public const byte WakeupVector = 0xf1;

    private VectorBitmap _pir;

    /// <summary>Posted-interrupt requests.</summary>
    public readonly VectorBitmap Pir => _pir;

    /// <summary>Outstanding notification.</summary>
    public bool On { get; private set; }

    /// <summary>Suppress notification: set while the vCPU's thread waits for a pCPU.</summary>
    public bool Sn { get; set; }

    /// <summary>Notification vector.</summary>
    public byte Nv { get; set; }

    /// <summary>Notification destination: the pCPU that the vCPU was loaded on last.</summary>
    public int Ndst { get; set; }

    /// <summary>Posts one vector; true if the caller has to send the notification.</summary>
    public bool Post(byte vector)
    {
        _pir.Set(vector);
        if (On)
        {
            return false;
        }
        On = true;
        return !Sn;
    }

    /// <summary>Hardware's processing of a notification, or KVM's at entry: ON is cleared, PIR moves to the IRR.</summary>
    public void SyncTo(Lapic lapic)
    {
        On = false;
        lapic.RequestAll(ref _pir);
    }

    /// <summary>INIT: nothing is requested any more.</summary>
    public void Clear()
    {
        On = false;
        _pir = default;
    }

    /// <summary>"PIR 236, ON 1, SN 0, NV 242, NDST 2".</summary>
    public override readonly string ToString() =>
        $"PIR {_pir}, ON {(On ? 1 : 0)}, SN {(Sn ? 1 : 0)}, NV {Nv}, NDST {Ndst}";

    /// <summary>All five fields, in both directions.</summary>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _pir.Transfer(state);
        On = state.Value(On);
        Sn = state.Value(Sn);
        Nv = state.Value(Nv);
        Ndst = state.Value(Ndst);
    }
}

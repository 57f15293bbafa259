using System.Linq;
using PvTimer.Model.Guests;

namespace PvTimer.Model.Timers.Paratick;

/// <summary>
/// Paratick (Schildermans et al., ICPP 2021): a guest programs no ticks. The host knows its rate, and injects a virtual tick
/// at the VM-entry that follows the host's own tick, an EXTERNAL_INTERRUPT exit. Other timers are as on `hrtimer`.
/// </summary>
internal sealed class ParatickBackend() : TimerBackend("paratick")
{
    /// <inheritdoc/>
    public override bool IsTransparent => false;

    /// <inheritdoc/>
    public override string? Vendor => null;

    /// <inheritdoc/>
    public override long ExitsFor(TimerUse use) => use.Writes - use.Ticks + use.InGuestMode;

    /// <inheritdoc/>
    public override string Caveat =>
        "a prediction from the paper's abstract: the host's own ticks, which bring the guest's, are not in other back-ends' figures";

    /// <inheritdoc/>
    public override bool Serves(GuestDescription guest) =>
        guest is TickGuest || (guest is MixGuest mix && mix.Guests.All(Serves));

    /// <inheritdoc/>
    internal override GuestTimer CreateGuestTimer(IGuestTimerPort vcpu) =>
        new ParatickGuestTimer(vcpu);
}

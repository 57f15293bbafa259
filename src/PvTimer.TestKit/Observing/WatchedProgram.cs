using System;
using System.Globalization;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Guests.Programs;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Observing;

/// <summary>A guest's program; the interrupts that it takes and what it reads are noted.</summary>
internal sealed class WatchedProgram(
    IGuestProgram inner,
    string vcpu,
    Action<string, VirtualTime, object> note
) : IGuestProgram
{
    /// <summary>The guest of a VM, watched on each of its vCPUs.</summary>
    /// <param name="vm">Whose guest.</param>
    /// <param name="note">Told which vCPU, when, and what.</param>
    public static GuestDescription In(VmDescription vm, Action<string, VirtualTime, object> note) =>
        new ProgrammedGuest(seat => new WatchedProgram(
            GuestPrograms.Create(vm.Guest, seat),
            string.Create(CultureInfo.InvariantCulture, $"{vm.Name}/vcpu-{seat.Vcpu}"),
            note
        ))
        {
            Idle = vm.Guest.Idle,
        };

    public GuestStep Next(in GuestContext context) => inner.Next(context);

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        note(
            vcpu,
            context.Now,
            new InterruptTaken(interrupt.Vector, interrupt.Deadline, interrupt.Requests)
        );
        inner.OnInterrupt(context, interrupt);
    }

    public void OnMsrAccess(
        in GuestContext context,
        MsrAccessKind kind,
        uint msr,
        ulong value,
        MsrResult result
    )
    {
        note(vcpu, context.Now, new MsrAccessed(kind, msr, value, result));
        inner.OnMsrAccess(context, kind, msr, value, result);
    }

    public int LatenessesDropped => inner.LatenessesDropped;

    public long RequestsDropped => inner.RequestsDropped;

    public void OnReset() => inner.OnReset();

    public bool OnCommand(Command command) => inner.OnCommand(command);

    public void Transfer(StateTransfer state) => inner.Transfer(state);
}

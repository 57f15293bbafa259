using System.Globalization;
using PvTimer.Formats.Writers.Events;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Export;

/// <summary>All events of a run as rows: each step, and what becomes of each timer.</summary>
internal sealed class EventExport(EmulatedMachine machine, IEventSink sink) : RunExport
{
    private readonly TimerNumbers _numbers = new();

    /// <inheritdoc/>
    public override void Dispose() => sink.Dispose();

    /// <inheritdoc/>
    protected override void Begins(Message message)
    {
        if (message is MsrAccess access)
        {
            Add(nameof(MsrAccess), TextOf(access), number: null, value: null);
            return;
        }
        (EntityId? subject, TscTicks? deadline) = About(message);
        long? number =
            subject is { } vcpu && deadline is { } named ? _numbers.Find(vcpu, named) : null;
        Add(message.GetType().Name, subject, number, (long?)deadline?.Value);
    }

    /// <inheritdoc/>
    public override void Programmed(
        EntityId vcpu,
        long number,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime effective
    )
    {
        _numbers.Add(vcpu, deadline, number);
        Add("timer_programmed", vcpu, number, (long)deadline.Value);
    }

    /// <inheritdoc/>
    public override void Accepted(EntityId vcpu, TscTicks deadline) =>
        Add("timer_accepted", vcpu, _numbers.Find(vcpu, deadline), (long)deadline.Value);

    /// <inheritdoc/>
    public override void Fired(
        EntityId vcpu,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime entry,
        bool counts
    ) => Add("timer_fired", vcpu, _numbers.Find(vcpu, deadline), (entry - due).Nanoseconds);

    /// <inheritdoc/>
    public override void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer)
    {
        string name = change switch
        {
            HrtimerChange.Started => "hrtimer_start",
            HrtimerChange.Cancelled => "hrtimer_cancel",
            _ => "hrtimer_expire",
        };
        bool isGuests = timer.Function == HrtimerFunction.ApicTimer;
        Add(
            name,
            timer.Owner,
            isGuests ? _numbers.Find(timer.Owner, timer.Deadline) : null,
            isGuests ? (long)timer.Deadline.Value : null
        );
    }

    private void Add(string name, EntityId? subject, long? number, long? value) =>
        Add(
            name,
            subject is { } about && about != Entity ? machine.Entities[about.Index].Name : null,
            number,
            value
        );

    private void Add(string name, string? subject, long? number, long? value) =>
        sink.Add(
            new EventRow(
                Now.Nanoseconds,
                machine.Entities[Entity.Index].Name,
                name,
                subject,
                number,
                value
            )
        );

    /// <summary>"RDMSR 0x6e0: 0x2633c9", "WRMSR 0x838: 0x100000000, #GP".</summary>
    private static string TextOf(MsrAccess access)
    {
        string how = access.Kind switch
        {
            MsrAccessKind.Read => "RDMSR",
            MsrAccessKind.Write => "WRMSR",
            _ => "KVM_SET_MSRS",
        };
        string fault = access.Result == MsrResult.GeneralProtection ? ", #GP" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{how} 0x{access.Msr:x}: 0x{access.Value:x}{fault}"
        );
    }

    private (EntityId? Subject, TscTicks? Deadline) About(Message message) =>
        message switch
        {
            VmExit exit => (exit.Vcpu, Named(exit.Timer.Deadline)),
            VmEntry entry => (entry.Pcpu, entry.Expired),
            SharedPageUpdate { Field: PageField.ExpireTsc } update => (
                update.Vcpu,
                Named(update.Value)
            ),
            SharedPageUpdate update => (update.Vcpu, null),
            SyncResult result => (result.Vcpu, Named(result.Found.Deadline)),
            SyncVcpu sync => (sync.Vcpu, null),
            PostedInterrupt posted => (Entity, posted.Deadline),
            Wake wake => (wake.Vcpu, null),
            RescheduleIpi ipi => (ipi.Vcpu, null),
            KickVcpu kick => (kick.Vcpu, null),
            Ipi ipi => (ipi.Vcpu, null),
            _ => (null, null),
        };

    private static TscTicks? Named(TscTicks deadline) =>
        deadline == TscTicks.Zero ? null : deadline;
}

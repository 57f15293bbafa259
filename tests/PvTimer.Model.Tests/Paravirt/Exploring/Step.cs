using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

internal enum StepKind
{
    Deliver,
    EndStore,
    EndExit,
    Expire,
    Doorbell,
    Callbacks,
    EndHold,
    RunKthread,
    ScanStep,
    SyncStep,
    Tick,
    Operate,
}

/// <summary>One thing that can happen.</summary>
/// <param name="Kind">What.</param>
/// <param name="Which">Of which parcel, vCPU, pCPU or doorbell.</param>
/// <param name="Operation">What the vCPU does.</param>
internal readonly record struct Step(StepKind Kind, int Which, Operation Operation = default);

/// <summary>A message under way.</summary>
internal readonly record struct Parcel(
    EntityId Source,
    EntityId Target,
    Message Message,
    VirtualTime SentAt
)
{
    /// <summary>What it is, with times as they lie from now.</summary>
    public string Text(VirtualTime now) =>
        Message switch
        {
            SharedPageUpdate { Disarms: true } => "expire_tsc = disarmed",
            SharedPageUpdate { Field: PageField.ExpireTsc } update =>
                $"expire_tsc = now{(long)update.Value.Value - now.Nanoseconds:+0;-0;+0}",
            SharedPageUpdate update =>
                $"next_sync_tsc = now{(long)update.Value.Value - now.Nanoseconds:+0;-0;+0}",
            PostedInterrupt { Deadline: { } deadline } =>
                $"a posted interrupt for now{(long)deadline.Value - now.Nanoseconds:+0;-0;+0}",
            PageRegistered { Enabled: var enabled } => enabled
                ? "its page enabled"
                : "its page disabled",
            _ => Message.GetType().Name,
        };
}

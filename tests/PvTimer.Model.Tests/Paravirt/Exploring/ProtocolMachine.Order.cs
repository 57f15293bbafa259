using System;
using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <content>In which order what can happen: as far as hardware and locks leave one.</content>
internal sealed partial class ProtocolMachine
{
    /// <summary>What can happen next.</summary>
    public void Enabled(List<Step> steps)
    {
        steps.Clear();
        if (FindUnread() is { } unread)
        {
            steps.Add(unread);
            return;
        }
        for (int parcel = 0; parcel < _parcels.Count; parcel++)
        {
            if (CanArrive(parcel))
            {
                steps.Add(new Step(StepKind.Deliver, parcel));
            }
        }
        foreach (ProtocolVcpu vcpu in GuestVcpus)
        {
            AddStepsOf(vcpu, steps);
        }
        for (int pcpu = 0; pcpu < TimerPcpu; pcpu++)
        {
            if (Pcpus[pcpu].Queue.NextExpiry <= Now)
            {
                steps.Add(new Step(StepKind.Expire, pcpu));
            }
        }
        AddStepsOfTimerCpu(steps);
        if (MayTimePass())
        {
            steps.Add(new Step(StepKind.Tick, 0));
        }
    }

    private void AddStepsOf(ProtocolVcpu vcpu, List<Step> steps)
    {
        switch (vcpu.State)
        {
            case ProtocolVcpu.Doing.Storing:
                if (Bounds.Weak == WeakExchange.Guest || !IsStoreUnderWay(vcpu.Id))
                {
                    steps.Add(new Step(StepKind.EndStore, vcpu.Index));
                }
                break;
            case ProtocolVcpu.Doing.Exiting when MayEndExit(vcpu):
                steps.Add(new Step(StepKind.EndExit, vcpu.Index));
                break;
            case ProtocolVcpu.Doing.Guest when _operationsLeft > 0:
                foreach (Operation operation in Bounds.Alphabet)
                {
                    steps.Add(new Step(StepKind.Operate, vcpu.Index, operation));
                }
                break;
            default:
                break;
        }
    }

    private void AddStepsOfTimerCpu(List<Step> steps)
    {
        if (_isSyncStepDue && !IsPromiseUnderWay())
        {
            steps.Add(new Step(StepKind.SyncStep, 0));
        }
        if (TimerCpu.HoldsUntil <= Now)
        {
            steps.Add(new Step(StepKind.EndHold, 0));
        }
        if (TimerCpu.InInterrupt)
        {
            return;
        }
        int doorbells = TimerCpu.TimerCpu.HasIpiPerDoorbell
            ? TimerCpu.Doorbells.Count
            : Math.Min(TimerCpu.Doorbells.Count, 1);
        for (int index = 0; index < doorbells; index++)
        {
            steps.Add(new Step(StepKind.Doorbell, index));
        }
        if (TimerCpu.Queue.NextExpiry <= Now)
        {
            steps.Add(new Step(StepKind.Callbacks, 0));
        }
        if (TimerCpu.IsKthreadRunnable && !TimerCpu.IsScanning)
        {
            steps.Add(new Step(StepKind.RunKthread, 0));
        }
        if (_kthreadStep is not null && !IsPromiseUnderWay())
        {
            steps.Add(new Step(StepKind.ScanStep, 0));
        }
    }

    /// <summary>Time does not pass over what has waited for the whole slack.</summary>
    private bool MayTimePass()
    {
        VirtualTime oldest = Now - Slack;
        foreach (Parcel parcel in _parcels)
        {
            if (parcel.SentAt <= oldest)
            {
                return false;
            }
        }
        foreach (ProtocolVcpu vcpu in GuestVcpus)
        {
            if (vcpu.State != ProtocolVcpu.Doing.Guest && vcpu.Since <= oldest)
            {
                return false;
            }
        }
        return Pcpus[0].Queue.NextExpiry > oldest
            && Pcpus[1].Queue.NextExpiry > oldest
            && (
                TimerCpu.BusySince > oldest
                || TimerCpu.BusySince is null
                || TimerCpu.HoldsUntil > Now
            );
    }

    /// <summary>
    /// A promise to a guest that will not look at it any more: whenever it arrives makes no difference to anything but the
    /// host that waits for it, so it arrives first. The only order that is left out.
    /// </summary>
    private Step? FindUnread()
    {
        if (_operationsLeft > 0 || !Bounds.Reduces)
        {
            return null;
        }
        int parcel = _parcels.FindIndex(each =>
            each.Source.Index == Kthread
            && each.Message is SharedPageUpdate
            && VcpuOf(each.Target).State != ProtocolVcpu.Doing.Storing
        );
        return parcel >= 0 && CanArrive(parcel) ? new Step(StepKind.Deliver, parcel) : null;
    }

    private bool CanArrive(int parcel)
    {
        Parcel candidate = _parcels[parcel];
        for (int earlier = 0; earlier < parcel; earlier++)
        {
            Parcel before = _parcels[earlier];
            bool isFence = candidate.Message is Ipi && before.Target.Index == Kthread;
            if (before.Source == candidate.Source && (before.Target == candidate.Target || isFence))
            {
                return false;
            }
        }
        return candidate.Target.Index != Kthread || !IsTakenUnderWay(candidate.Source);
    }

    /// <summary>
    /// The page has one line: a vCPU that writes it again has seen by then what the host's exchange has made of it.
    /// </summary>
    private bool IsTakenUnderWay(EntityId vcpu) =>
        _parcels.Exists(parcel =>
            parcel.Source.Index == TimerPcpu
            && parcel.Target == vcpu
            && parcel.Message is SharedPageUpdate
        );

    private bool IsStoreUnderWay(EntityId source) => IndexOfStore(source) >= 0;

    private int IndexOfStore(EntityId source) =>
        _parcels.FindIndex(parcel => parcel.Source == source && parcel.Target.Index == Kthread);

    /// <summary>
    /// The handler's locks are exchanges, too: it ends behind its stores. That of the enable MSR takes the lock that the
    /// dedicated CPU holds from the page's exchange to the posted interrupt.
    /// </summary>
    private bool MayEndExit(ProtocolVcpu vcpu) =>
        !IsStoreUnderWay(vcpu.Id)
        && (
            !vcpu.IsRegistering
            || !Bounds.EnablingLocks
            || !_parcels.Exists(parcel =>
                parcel.Source.Index == TimerPcpu && parcel.Target == vcpu.Id
            )
        );

    /// <summary>The host's exchange holds the kthread until the guest would see what it has promised.</summary>
    private bool IsPromiseUnderWay() =>
        Bounds.Weak != WeakExchange.Host
        && _parcels.Exists(parcel => parcel.Source.Index == Kthread);
}

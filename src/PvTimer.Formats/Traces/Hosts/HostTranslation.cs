using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>
/// A recording made on the host, as one that the guest itself would have made: the same events by the guest's CPUs,
/// in the guest's time. From there on there is one way, for both sides.
/// </summary>
/// <param name="Guest">The guest's recording.</param>
/// <param name="Facts">How the host's was understood.</param>
/// <param name="Reference">What latenesses count from.</param>
internal sealed record HostTranslation(
    RecordedTrace Guest,
    HostRecording Facts,
    LatenessReference Reference
)
{
    /// <param name="trace">A recording of the host's side.</param>
    /// <param name="frequency">The guest's TSC; one in the file itself goes first.</param>
    /// <param name="choice">Which VM, and its TSC offset.</param>
    /// <exception cref="TraceFormatException">
    /// It lacks what a replay needs, records several VMs of which none is chosen, or nothing ties its clock to the guest's.
    /// </exception>
    public static HostTranslation Of(
        RecordedTrace trace,
        TscFrequency? frequency,
        TraceChoice choice
    )
    {
        ImmutableArray<HostThread> threads = HostVms.Choose(trace, choice.Vm);
        HostSurvey survey = HostSurvey.Of(trace, threads);
        HostNeeds.Refuse(trace, threads, survey);
        TscFrequency? named = trace.Frequency ?? frequency;
        HostTies ties = HostTies.Of(trace, threads, survey.TimerVector, survey.Injection);
        HostClock clock = HostClock.Of(trace, ties, choice.TscOffset, named);
        TscFrequency rough = named ?? clock.Frequency ?? TscFrequency.FromMegahertz(1_000);
        HostStamps stamps = new(trace.Path, clock, trace.Clock, rough);
        ExitTally exits = new();
        GuestEvents guest = new();
        Dictionary<int, HostVcpu> vcpus = threads.ToDictionary(
            thread => thread.Id,
            thread => new HostVcpu(thread, survey, stamps, exits, guest)
        );
        Replay(trace, threads, vcpus);
        HostRecording facts = new(
            threads,
            survey.Injection.Source,
            survey.TimerVector,
            clock.Source,
            vcpus.Values.Sum(vcpu => vcpu.HeldToDeadline),
            exits.Cut,
            survey.Unreadable,
            exits.ToStatistics(),
            clock.Remark
        );
        return new HostTranslation(
            trace with
            {
                Clock = stamps.GuestClock,
                Frequency = named ?? clock.Frequency,
                Events = guest.All,
            },
            facts,
            clock.Reference
        );
    }

    /// <summary>The guest's TSC, where KVM's own timers tell it; null: they do not, or the file is no host's.</summary>
    /// <exception cref="TraceFormatException">As for <see cref="Of"/>.</exception>
    public static TscFrequency? FrequencyOf(RecordedTrace trace, TraceChoice choice)
    {
        if (!TraceSides.IsHost(trace, choice))
        {
            return null;
        }
        ImmutableArray<HostThread> threads = HostVms.Choose(trace, choice.Vm);
        HostSurvey survey = HostSurvey.Of(trace, threads);
        return HostTies.Of(trace, threads, survey.TimerVector, survey.Injection).Frequency();
    }

    private static void Replay(
        RecordedTrace trace,
        ImmutableArray<HostThread> threads,
        Dictionary<int, HostVcpu> vcpus
    )
    {
        Dictionary<int, HostVcpu> byNumber = threads.ToDictionary(
            thread => thread.Vcpu,
            thread => vcpus[thread.Id]
        );
        bool begun = false;
        foreach (TraceEvent next in trace.Events.InTime())
        {
            if (!HostEvent.TryRead(next, out HostEvent read))
            {
                continue;
            }
            HostVcpu? vcpu = read is { Kind: HostEventKind.Accept, Vcpu: { } number }
                ? byNumber.GetValueOrDefault(number)
                : vcpus.GetValueOrDefault(read.Thread);
            if (vcpu is null || read.Kind == HostEventKind.TscOffset)
            {
                continue;
            }
            if (!begun)
            {
                begun = true;
                foreach (HostVcpu each in byNumber.Values)
                {
                    each.Begin(read.At, read.Line);
                }
            }
            vcpu.Add(read);
        }
        foreach (HostVcpu each in byNumber.Values)
        {
            each.Finish();
        }
    }
}

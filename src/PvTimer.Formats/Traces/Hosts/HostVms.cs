using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>Which threads of a host recording run vCPUs, and which of them are one VM's.</summary>
/// <remarks>
/// Neither ftrace nor perf say to which process a thread belongs. Two threads are two VMs' if they run vCPUs of the
/// same number, if KVM gave them different TSC offsets, or if their deadlines lie further apart than a guest's
/// clock goes meanwhile. Threads are looked at in the order of their ids: a VM's are started one after the other.
/// </remarks>
internal static class HostVms
{
    private const string Accepted =
        "`vm` (--vm): the id of a thread of the VM to use, or the ids of all its threads, such as 4700,4701";

    /// <summary>The threads of the VM that is used, by vCPU.</summary>
    /// <exception cref="TraceFormatException">
    /// Several VMs wrote deadlines and none is chosen, or the one that is chosen did not.
    /// </exception>
    public static ImmutableArray<HostThread> Choose(RecordedTrace trace, string? chosen)
    {
        List<List<Candidate>> vms =
        [
            .. Group(Candidates(trace))
                .Where(vm => vm.Exists(thread => thread.Deadline is not null)),
        ];
        if (chosen is not null)
        {
            return Number(Find(trace, vms, chosen));
        }
        return vms.Count switch
        {
            0 => [],
            1 => Number(vms[0]),
            _ => throw new TraceFormatException(
                trace.Path,
                0,
                $"it records {vms.Count.ToString(CultureInfo.InvariantCulture)} VMs: {List(vms)}",
                Accepted
            ),
        };
    }

    private static List<Candidate> Candidates(RecordedTrace trace)
    {
        SortedDictionary<int, Candidate> threads = [];
        foreach (TraceEvent next in trace.Events)
        {
            if (!HostEvent.TryRead(next, out HostEvent read) || !IsOfOwnThread(read.Kind))
            {
                continue;
            }
            if (!threads.TryGetValue(read.Thread, out Candidate? thread))
            {
                threads.Add(read.Thread, thread = new Candidate(read.Thread, next.Task));
            }
            thread.Add(read);
        }
        return [.. threads.Values.Where(thread => thread.RunsVcpu)];
    }

    /// <summary>A timer's expiry, and what it makes the local APIC accept, come in whatever thread is running.</summary>
    private static bool IsOfOwnThread(HostEventKind kind) =>
        kind
            is not (
                HostEventKind.Accept
                or HostEventKind.TimerExpiry
                or HostEventKind.TimerStart
                or HostEventKind.Unreadable
            );

    private static List<List<Candidate>> Group(List<Candidate> threads)
    {
        List<List<Candidate>> vms = [];
        foreach (Candidate thread in threads)
        {
            List<Candidate>? vm = vms.Find(known => known.TrueForAll(thread.CanBeInOneVmWith));
            if (vm is null)
            {
                vms.Add(vm = []);
            }
            vm.Add(thread);
        }
        return vms;
    }

    private static List<Candidate> Find(
        RecordedTrace trace,
        List<List<Candidate>> vms,
        string chosen
    )
    {
        List<int> ids = [];
        foreach (string word in chosen.Split(',', StringSplitOptions.TrimEntries))
        {
            if (
                !int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || !vms.Exists(vm => vm.Exists(thread => thread.Id == id))
            )
            {
                throw new TraceFormatException(
                    trace.Path,
                    0,
                    $"no VM that writes deadlines has a thread '{word}': {List(vms)}",
                    Accepted
                );
            }
            ids.Add(id);
        }
        return ids.Count == 1
            ? vms.Find(vm => vm.Exists(thread => thread.Id == ids[0]))!
            : [.. vms.SelectMany(vm => vm).Where(thread => ids.Contains(thread.Id))];
    }

    private static string List(List<List<Candidate>> vms) =>
        vms.Count == 0
            ? "there is none"
            : string.Join(
                "; ",
                vms.Select(vm =>
                    string.Join(
                        ", ",
                        vm.Select(thread =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{thread.Id} ({thread.Name})"
                            )
                        )
                    )
                )
            );

    /// <summary>Threads whose vCPU nothing tells are numbered by their ids, with the numbers that are free.</summary>
    private static ImmutableArray<HostThread> Number(List<Candidate> threads)
    {
        HashSet<int> taken = [.. threads.Select(thread => thread.Vcpu).OfType<int>()];
        List<HostThread> numbered = [];
        int free = 0;
        foreach (Candidate thread in threads)
        {
            while (thread.Vcpu is null && !taken.Add(free))
            {
                free++;
            }
            numbered.Add(new HostThread(thread.Id, thread.Name, thread.Vcpu ?? free));
        }
        return [.. numbered.OrderBy(thread => thread.Vcpu)];
    }

    /// <summary>A thread with events of KVM.</summary>
    private sealed class Candidate(int id, string name)
    {
        /// <summary>A guest's clock is no faster than this, in cycles by nanosecond or by cycle of the host.</summary>
        private const int FastestClock = 8;

        /// <summary>Deadlines lie up to about a minute ahead, in cycles of a fast TSC.</summary>
        private const ulong FarthestDeadline = 300_000_000_000;

        /// <summary>The vCPUs of one VM that started one after the other have the same offset; this is noise.</summary>
        private const ulong SameOffset = 1_000_000;

        private readonly Dictionary<int, int> _votes = [];
        private ulong? _offset;

        public int Id => id;

        public string Name => name;

        /// <summary>It does what only a vCPU's thread does.</summary>
        public bool RunsVcpu { get; private set; }

        /// <summary>Its first deadline, and when it was written.</summary>
        public (ulong Tsc, ulong At)? Deadline { get; private set; }

        public int? Vcpu =>
            _votes.Count > 0
                ? _votes.MaxBy(vote => (vote.Value, -vote.Key)).Key
                : HostThread.VcpuOf(name);

        public void Add(in HostEvent read)
        {
            RunsVcpu |= read.Kind is not (HostEventKind.TscOffset or HostEventKind.Other);
            if (read.Vcpu is { } vcpu)
            {
                _votes[vcpu] = _votes.GetValueOrDefault(vcpu) + 1;
            }
            if (read.Kind == HostEventKind.TscOffset)
            {
                _offset = read.Value;
            }
            if (read is { Kind: HostEventKind.DeadlineWrite, Value: not 0 })
            {
                Deadline ??= (read.Value, read.At);
            }
        }

        public bool CanBeInOneVmWith(Candidate other)
        {
            if (Vcpu is { } mine && other.Vcpu == mine)
            {
                return false;
            }
            if (_offset is { } offset && other._offset is { } others)
            {
                return Apart(offset, others) <= SameOffset;
            }
            return Deadline is not { } deadline
                || other.Deadline is not { } another
                || Apart(deadline.Tsc, another.Tsc)
                    <= ((UInt128)FastestClock * Apart(deadline.At, another.At)) + FarthestDeadline;
        }

        private static ulong Apart(ulong one, ulong another) =>
            one > another ? one - another : another - one;
    }
}

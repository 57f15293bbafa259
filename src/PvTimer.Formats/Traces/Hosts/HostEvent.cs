using System;
using PvTimer.Model.Msrs;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>The events of KVM and of its hrtimers, as far as a timer's life needs them.</summary>
internal enum HostEventKind
{
    /// <summary>kvm_exit. Reason is why.</summary>
    Exit,

    /// <summary>kvm_entry. Vector is what is injected with it, if the event says so.</summary>
    Entry,

    /// <summary>kvm_msr, a write of 0x6e0. Value is the deadline.</summary>
    DeadlineWrite,

    /// <summary>kvm_msr, a write of 0x830. Value is the ICR.</summary>
    IpiWrite,

    /// <summary>kvm_msr, a write of 0x832. Value is the LVT's timer entry.</summary>
    LvtTimerWrite,

    /// <summary>kvm_apic_accept_irq: vCPU Vcpu's local APIC has taken Vector.</summary>
    Accept,

    /// <summary>kvm_inj_virq: Vector is injected into this thread's vCPU.</summary>
    Injection,

    /// <summary>kvm_eoi. Vector is what ended.</summary>
    EndOfInterrupt,

    /// <summary>kvm_vcpu_wakeup. Value is how long the vCPU was halted, in nanoseconds.</summary>
    Wakeup,

    /// <summary>kvm_write_tsc_offset. Value is the new offset, as 64 bits.</summary>
    TscOffset,

    /// <summary>hrtimer_start of apic_timer_fn. Value is when it expires, in nanoseconds of the host.</summary>
    TimerStart,

    /// <summary>hrtimer_expire_entry of apic_timer_fn. Value is the host's time, in nanoseconds.</summary>
    TimerExpiry,

    /// <summary>An event of KVM that says nothing of a timer, but whose thread it is.</summary>
    Other,

    /// <summary>One of the above, but it does not say what such events say.</summary>
    Unreadable,
}

/// <summary>One event of a host recording, taken apart.</summary>
/// <param name="Kind">Which, and what the fields mean.</param>
/// <param name="At">In the file's clock.</param>
/// <param name="Thread">The thread in whose context it was recorded.</param>
/// <param name="Line">Its line in the file.</param>
/// <param name="Vcpu">The vCPU that it names; null if it names none.</param>
/// <param name="Vector">An interrupt's; null where there is none.</param>
/// <param name="Value">Meaning by kind; of a timer's start and expiry the timer's address is in Timer.</param>
/// <param name="Reason">Exits only.</param>
/// <param name="Timer">The hrtimer's address.</param>
internal readonly record struct HostEvent(
    HostEventKind Kind,
    ulong At,
    int Thread,
    long Line,
    int? Vcpu = null,
    byte? Vector = null,
    ulong Value = 0,
    VmExitReason Reason = VmExitReason.Other,
    ulong Timer = 0
)
{
    private const uint ValidInterrupt = 1u << 31;
    private const string ApicTimer = "function=apic_timer_fn";

    /// <summary>False for events that are none of KVM's, or say nothing that is used here.</summary>
    public static bool TryRead(in TraceEvent next, out HostEvent read)
    {
        read = default;
        if (!IsOurs(next.Name))
        {
            return false;
        }
        read = Read(next);
        return read.Kind != HostEventKind.Other || read.Vcpu is not null;
    }

    /// <summary>By its name alone; an hrtimer may still be another than KVM's.</summary>
    public static bool IsOurs(string name) =>
        name.StartsWith("kvm_", StringComparison.Ordinal)
        || name is "hrtimer_start" or "hrtimer_expire_entry";

    private static HostEvent Read(in TraceEvent next)
    {
        ReadOnlySpan<char> body = next.Body;
        HostEvent bare = new(HostEventKind.Unreadable, next.At, next.Pid, next.Line);
        return next.Name switch
        {
            "kvm_msr" => ReadMsr(bare, body),
            "kvm_exit" => ReadExit(bare, body),
            "kvm_entry" => ReadEntry(bare, body),
            "kvm_inj_virq" => ReadVector(
                bare with
                {
                    Kind = body.Contains("reinjected", StringComparison.Ordinal)
                        ? HostEventKind.Other
                        : HostEventKind.Injection,
                },
                body,
                "irq"
            ),
            "kvm_apic_accept_irq" or "kvm_apicv_accept_irq" => ReadAccept(bare, body),
            "kvm_eoi" or "kvm_pv_eoi" => ReadEnd(bare, body),
            "kvm_vcpu_wakeup" => ReadWakeup(bare, body),
            "kvm_write_tsc_offset" => ReadOffset(bare, body),
            "hrtimer_start" => ReadTimer(bare, body, HostEventKind.TimerStart, "expires"),
            "hrtimer_expire_entry" => ReadTimer(bare, body, HostEventKind.TimerExpiry, "now"),
            _ => bare with { Kind = HostEventKind.Other, Vcpu = VcpuIn(body) },
        };
    }

    /// <summary>"msr_write 6e0 = 0xe8d4c39480", with " (#GP)" if it failed; raw: "write=1 ecx=0x6e0 data=0x..".</summary>
    private static HostEvent ReadMsr(in HostEvent bare, ReadOnlySpan<char> body)
    {
        const string Write = "msr_write ";
        ulong msr;
        ulong value;
        bool failed = body.Contains("(#GP)", StringComparison.Ordinal);
        if (body.StartsWith(Write, StringComparison.Ordinal))
        {
            ReadOnlySpan<char> rest = body[Write.Length..];
            int equals = rest.IndexOf(" = ", StringComparison.Ordinal);
            if (
                equals < 0
                || !HostText.TryHex(rest[..equals], out msr)
                || !HostText.TryNumber(rest[(equals + 3)..], out value)
            )
            {
                return bare;
            }
        }
        else if (HostText.TryField(body, "write", out ulong isWrite))
        {
            if (
                !HostText.TryField(body, "ecx", out msr)
                || !HostText.TryField(body, "data", out value)
            )
            {
                return bare;
            }
            HostText.TryField(body, "exception", out ulong exception);
            failed = exception != 0 || isWrite == 0;
        }
        else
        {
            return body.StartsWith("msr_read ", StringComparison.Ordinal)
                ? bare with
                {
                    Kind = HostEventKind.Other,
                }
                : bare;
        }
        HostEventKind kind = msr switch
        {
            _ when failed => HostEventKind.Other,
            MsrIndex.Ia32TscDeadline => HostEventKind.DeadlineWrite,
            MsrIndex.X2ApicIcr => HostEventKind.IpiWrite,
            MsrIndex.X2ApicLvtTimer => HostEventKind.LvtTimerWrite,
            _ => HostEventKind.Other,
        };
        return bare with { Kind = kind, Value = value };
    }

    private static HostEvent ReadExit(in HostEvent bare, ReadOnlySpan<char> body) =>
        ExitReasons.TryRead(body, out VmExitReason reason)
            ? bare with
            {
                Kind = HostEventKind.Exit,
                Reason = reason,
                Vcpu = VcpuIn(body),
            }
            : bare;

    /// <summary>Newer kernels say what is injected: "intr_info 0x800000ec", bit 31: valid, below the vector.</summary>
    private static HostEvent ReadEntry(in HostEvent bare, ReadOnlySpan<char> body)
    {
        bool injects =
            HostText.TryField(body, "intr_info", out ulong info)
            && (info & ValidInterrupt) != 0
            && ((info >> 8) & 7) == 0;
        return bare with
        {
            Kind = HostEventKind.Entry,
            Vcpu = VcpuIn(body),
            Vector = injects ? (byte)(info & byte.MaxValue) : null,
        };
    }

    private static HostEvent ReadVector(in HostEvent with, ReadOnlySpan<char> body, string field) =>
        HostText.TryField(body, field, out ulong vector) && vector <= byte.MaxValue
            ? with with
            {
                Vector = (byte)vector,
            }
            : with with
            {
                Kind = HostEventKind.Unreadable,
            };

    /// <summary>"apicid 0 vec 236 (Fixed|edge)". The id is hexadecimal; a vCPU's is its number.</summary>
    private static HostEvent ReadAccept(in HostEvent bare, ReadOnlySpan<char> body) =>
        ReadVector(
            bare with
            {
                Kind = HostEventKind.Accept,
                Vcpu = HostText.TryHexField(body, "apicid", out ulong id) ? Small(id) : null,
            },
            body,
            "vec"
        );

    /// <summary>"apicid 0 vector 236"; -1 where nothing was in service.</summary>
    private static HostEvent ReadEnd(in HostEvent bare, ReadOnlySpan<char> body)
    {
        if (!HostText.TryField(body, "vector", out ulong vector))
        {
            return bare;
        }
        return vector <= byte.MaxValue
            ? bare with
            {
                Kind = HostEventKind.EndOfInterrupt,
                Vector = (byte)vector,
            }
            : bare with
            {
                Kind = HostEventKind.Other,
            };
    }

    /// <summary>"wait time 890000 ns, polling valid"; "poll time .." where polling was enough.</summary>
    private static HostEvent ReadWakeup(in HostEvent bare, ReadOnlySpan<char> body) =>
        HostText.TryField(body, "time", out ulong halted)
        || HostText.TryField(body, "ns", out halted)
            ? bare with
            {
                Kind = HostEventKind.Wakeup,
                Value = halted,
            }
            : bare;

    private static HostEvent ReadOffset(in HostEvent bare, ReadOnlySpan<char> body) =>
        HostText.TryField(body, "next", out ulong offset)
        || HostText.TryField(body, "next_tsc_offset", out offset)
            ? bare with
            {
                Kind = HostEventKind.TscOffset,
                Vcpu = VcpuIn(body),
                Value = offset,
            }
            : bare;

    private static HostEvent ReadTimer(
        in HostEvent bare,
        ReadOnlySpan<char> body,
        HostEventKind kind,
        string time
    )
    {
        if (!body.Contains(ApicTimer, StringComparison.Ordinal))
        {
            return bare with { Kind = HostEventKind.Other };
        }
        return
            HostText.TryField(body, time, out ulong value)
            && HostText.TryHexField(body, "hrtimer", out ulong timer)
            ? bare with
            {
                Kind = kind,
                Value = value,
                Timer = timer,
            }
            : bare;
    }

    private static int? VcpuIn(ReadOnlySpan<char> body) =>
        HostText.TryField(body, "vcpu", out ulong vcpu)
        || HostText.TryField(body, "vcpu_id", out vcpu)
            ? Small(vcpu)
            : null;

    /// <summary>KVM has no vCPU beyond 4 095.</summary>
    private static int? Small(ulong number) => number < 4_096 ? (int)number : null;
}

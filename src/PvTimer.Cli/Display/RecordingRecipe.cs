namespace PvTimer.Cli.Display;

/// <summary>What records the events; each writes text that pvtimer reads.</summary>
internal enum RecordingTool
{
    Ftrace,
    TraceCmd,
    Perf,
}

/// <summary>On which side of the guest it is recorded.</summary>
internal enum RecordingSide
{
    Guest,
    Host,
}

/// <summary>
/// Shell commands that record a guest's timers, as root, for ten seconds. config/traces/RECORDING.md has the
/// same ones with the reasons.
/// </summary>
internal static class RecordingRecipe
{
    private const string GuestFtrace = """
        # In the guest, as root. Text for pvtimer: guest.ftrace.gz
        cd /sys/kernel/tracing
        echo 0 > tracing_on; echo nop > current_tracer; echo > set_event; echo > trace
        echo x86-tsc > trace_clock
        echo 65536 > buffer_size_kb
        echo 'msr == 0x6e0 || msr == 0x830' > events/msr/write_msr/filter
        for event in msr/write_msr power/cpu_idle \
            irq_vectors/local_timer_entry irq_vectors/local_timer_exit \
            irq_vectors/reschedule_entry irq_vectors/reschedule_exit \
            irq_vectors/call_function_entry irq_vectors/call_function_exit \
            irq_vectors/call_function_single_entry irq_vectors/call_function_single_exit \
            irq/irq_handler_entry irq/irq_handler_exit
        do echo 1 > events/$event/enable; done
        echo 1 > tracing_on; sleep 10; echo 0 > tracing_on
        { dmesg | sed -n 's/.*tsc: .* \([0-9]*\)\.\([0-9]\{3\}\) MHz.*/# tsc_khz: \1\2/p' | tail -n 1
          cat trace; } | gzip > ~/guest.ftrace.gz
        echo > set_event; echo 0 > events/msr/write_msr/filter
        """;

    private const string GuestTraceCmd = """
        # In the guest, as root. Text for pvtimer: guest.txt.gz
        trace-cmd record -C x86-tsc -b 65536 -o ~/guest.dat \
            -e msr:write_msr -f 'msr == 0x6e0 || msr == 0x830' \
            -e power:cpu_idle -e irq_vectors:local_timer_entry -e irq_vectors:local_timer_exit \
            -e irq_vectors:reschedule_entry -e irq_vectors:reschedule_exit \
            -e irq_vectors:call_function_entry -e irq_vectors:call_function_exit \
            -e irq_vectors:call_function_single_entry -e irq_vectors:call_function_single_exit \
            -e irq:irq_handler_entry -e irq:irq_handler_exit sleep 10
        { dmesg | sed -n 's/.*tsc: .* \([0-9]*\)\.\([0-9]\{3\}\) MHz.*/# tsc_khz: \1\2/p' | tail -n 1
          trace-cmd report -t -i ~/guest.dat; } | gzip > ~/guest.txt.gz
        """;

    private const string GuestPerf = """
        # In the guest, as root. Text for pvtimer: guest.txt.gz
        perf record -a -c 1 -m 4096 -k CLOCK_MONOTONIC -o ~/guest.data \
            -e msr:write_msr --filter 'msr == 0x6e0 || msr == 0x830' \
            -e power:cpu_idle -e irq_vectors:local_timer_entry -e irq_vectors:local_timer_exit \
            -e irq_vectors:reschedule_entry -e irq_vectors:reschedule_exit \
            -e irq_vectors:call_function_entry -e irq_vectors:call_function_exit \
            -e irq_vectors:call_function_single_entry -e irq_vectors:call_function_single_exit \
            -e irq:irq_handler_entry -e irq:irq_handler_exit -- sleep 10
        perf script --ns --show-lost-events -F comm,pid,tid,cpu,time,event,trace \
            -i ~/guest.data | gzip > ~/guest.txt.gz
        """;

    private const string HostFtrace = """
        # On the host, as root; begin before the guest starts. Text for pvtimer: host.ftrace.gz
        cd /sys/kernel/tracing
        echo 0 > tracing_on; echo nop > current_tracer; echo > set_event; echo > trace
        echo x86-tsc > trace_clock
        echo 65536 > buffer_size_kb
        echo 'ecx == 0x6e0 || ecx == 0x830 || ecx == 0x832' > events/kvm/kvm_msr/filter
        for event in kvm/kvm_msr kvm/kvm_exit kvm/kvm_entry kvm/kvm_inj_virq \
            kvm/kvm_apic_accept_irq kvm/kvm_eoi kvm/kvm_vcpu_wakeup kvm/kvm_halt_poll_ns \
            kvm/kvm_write_tsc_offset timer/hrtimer_start timer/hrtimer_expire_entry
        do echo 1 > events/$event/enable; done
        echo 1 > tracing_on; sleep 10; echo 0 > tracing_on
        cat trace | gzip > ~/host.ftrace.gz
        echo > set_event; echo 0 > events/kvm/kvm_msr/filter
        """;

    private const string HostTraceCmd = """
        # On the host, as root; begin before the guest starts. Text for pvtimer: host.txt.gz
        trace-cmd record -C x86-tsc -b 65536 -o ~/host.dat \
            -e kvm:kvm_msr -f 'ecx == 0x6e0 || ecx == 0x830 || ecx == 0x832' \
            -e kvm:kvm_exit -e kvm:kvm_entry -e kvm:kvm_inj_virq -e kvm:kvm_apic_accept_irq \
            -e kvm:kvm_eoi -e kvm:kvm_vcpu_wakeup -e kvm:kvm_halt_poll_ns \
            -e kvm:kvm_write_tsc_offset -e timer:hrtimer_start -e timer:hrtimer_expire_entry sleep 10
        trace-cmd report -t -i ~/host.dat | gzip > ~/host.txt.gz
        """;

    private const string HostPerf = """
        # On the host, as root. Text for pvtimer: host.txt.gz
        perf record -a -c 1 -m 4096 -k CLOCK_MONOTONIC -o ~/host.data \
            -e kvm:kvm_msr --filter 'ecx == 0x6e0 || ecx == 0x830 || ecx == 0x832' \
            -e kvm:kvm_exit -e kvm:kvm_entry -e kvm:kvm_inj_virq -e kvm:kvm_apic_accept_irq \
            -e kvm:kvm_eoi -e kvm:kvm_vcpu_wakeup -e kvm:kvm_halt_poll_ns \
            -e timer:hrtimer_start -e timer:hrtimer_expire_entry -- sleep 10
        perf script --ns --show-lost-events -F comm,pid,tid,cpu,time,event,trace \
            -i ~/host.data | gzip > ~/host.txt.gz
        """;

    /// <summary>The commands, each line ended by a line feed.</summary>
    public static string Of(RecordingSide side, RecordingTool tool)
    {
        string commands = (side, tool) switch
        {
            (RecordingSide.Guest, RecordingTool.Ftrace) => GuestFtrace,
            (RecordingSide.Guest, RecordingTool.TraceCmd) => GuestTraceCmd,
            (RecordingSide.Guest, _) => GuestPerf,
            (_, RecordingTool.Ftrace) => HostFtrace,
            (_, RecordingTool.TraceCmd) => HostTraceCmd,
            _ => HostPerf,
        };
        return commands.ReplaceLineEndings("\n") + "\n";
    }
}

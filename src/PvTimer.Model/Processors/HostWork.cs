namespace PvTimer.Model.Processors;

/// <summary>What a pCPU does now; always exactly one of these.</summary>
internal enum CpuActivity
{
    Idle,

    /// <summary>An interrupt came; the core is on its way out of idle.</summary>
    LeavingIdle,
    Guest,
    HostWork,

    /// <summary>Handling interrupts; what they interrupted is suspended.</summary>
    Interrupt,

    /// <summary>Unplugged: it never does anything again.</summary>
    Offline,
}

/// <summary>What the host does between guest mode and idle: one piece of work that interrupts suspend.</summary>
internal enum HostWork
{
    None,

    /// <summary>KVM handles the exit that is open.</summary>
    ExitHandler,

    /// <summary>The handler has posted interrupts; what each takes it learns from the descriptors' lines.</summary>
    Posting,

    /// <summary>The handler notifies and wakes those that it posted to.</summary>
    Notifying,

    /// <summary>Halt polling, until its window ends.</summary>
    Poll,

    /// <summary>Leaving the polling loop.</summary>
    PollExit,

    /// <summary>Switching to the thread that was picked.</summary>
    SwitchIn,

    /// <summary>Switching away from a thread, to idle.</summary>
    SwitchOut,

    /// <summary>Switching to the timer kthread.</summary>
    KthreadSwitchIn,

    /// <summary>The timer kthread runs, until it says that it sleeps.</summary>
    Kthread,

    /// <summary>Switching away from the timer kthread, which sleeps, to idle.</summary>
    KthreadSwitchOut,

    /// <summary>On the way back into guest mode, with interrupts still on.</summary>
    Entering,

    /// <summary>About to poll or to block, with interrupts still on.</summary>
    Halting,
}

namespace PvTimer.Model.Events;

/// <summary>The first word that each message adds to the trace hash. Extend only, never renumber.</summary>
public enum MessageKind
{
    Start = 1,
    VmExit = 10,
    VmEntry = 11,
    HostInterrupt = 12,
    PostedInterrupt = 20,
    Notification = 21,
    DeviceInterrupt = 22,
    Wake = 23,
    Ipi = 24,
    GuestProgress = 30,
    SharedPageUpdate = 40,
    PageRegistered = 41,
    SyncVcpu = 42,
    SyncResult = 43,
    ScanTick = 44,
    ScanStep = 45,
    KthreadPause = 46,
    KthreadResume = 47,
    KthreadSleep = 48,
    HrtimerExpiry = 50,
    WorkDone = 51,
    InterruptBegin = 52,
    InterruptDone = 53,
    MoveVcpu = 60,
    MigrateVcpu = 61,
    MoveThread = 62,
    Preempted = 63,
    CancelTimer = 64,
}

namespace PvTimer.OpsConsole.Orders;

/// <summary>What can be ordered from a console, by HTTP, in the browser and in the terminal.</summary>
public enum OrderVerb
{
    /// <summary>Subject, a cell or a host, goes to node To.</summary>
    Move,

    /// <summary>Subject, a node, gives its cells away and gets no more.</summary>
    Drain,

    /// <summary>Subject, a node, is drained, leaves and ends.</summary>
    Leave,

    /// <summary>Subject, a node, is declared dead.</summary>
    Down,

    /// <summary>The process of subject, a node on the console's machine, is killed.</summary>
    Kill,

    /// <summary>The run writes a checkpoint.</summary>
    Checkpoint,

    /// <summary>Subject, an event as in a scenario, happens in the run.</summary>
    Inject,

    /// <summary>Virtual time stands still at the next barrier, or at To ("5ms", "+5ms").</summary>
    Pause,

    /// <summary>Virtual time goes on.</summary>
    Resume,

    /// <summary>From where it stands still it goes on to behind the next event, or by To ("5us").</summary>
    Step,

    /// <summary>Back to a checkpoint and forward to To ("5ms").</summary>
    Travel,

    /// <summary>No more than To ("10ms") of virtual time passes in a second; without To as much as can.</summary>
    Pace,

    /// <summary>The run stops, with a checkpoint.</summary>
    Stop,

    /// <summary>A run of subject, a scenario's file, begins; To are settings: "seed=7 duration=10ms".</summary>
    Start,

    /// <summary>The run of subject, a run directory, goes on.</summary>
    ResumeFrom,
}

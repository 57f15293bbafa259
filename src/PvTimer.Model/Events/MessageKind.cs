namespace PvTimer.Model.Events;

/// <summary>The first word that each message adds to the trace hash. Extend only, never renumber.</summary>
public enum MessageKind
{
    Start = 1,
}

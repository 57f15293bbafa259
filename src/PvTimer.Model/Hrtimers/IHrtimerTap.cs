namespace PvTimer.Model.Hrtimers;

/// <summary>Is told of the hrtimers of one pCPU.</summary>
internal interface IHrtimerTap
{
    void Started(Hrtimer timer);

    void Cancelled(Hrtimer timer);

    /// <summary>Taken out of the queue because it is due: its callback runs.</summary>
    void Expired(Hrtimer timer);
}

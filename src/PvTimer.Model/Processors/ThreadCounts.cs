namespace PvTimer.Model.Processors;

/// <summary>How many vCPU threads stand where.</summary>
public sealed record ThreadCounts(int InGuest, int Exiting, int Polling, int Blocked, int Runnable)
{
    public static ThreadCounts None { get; } = new(0, 0, 0, 0, 0);

    public static ThreadCounts operator +(ThreadCounts left, ThreadCounts right) =>
        new(
            left.InGuest + right.InGuest,
            left.Exiting + right.Exiting,
            left.Polling + right.Polling,
            left.Blocked + right.Blocked,
            left.Runnable + right.Runnable
        );
}

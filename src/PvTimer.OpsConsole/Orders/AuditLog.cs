using System;
using System.IO;
using System.Text.Json;
using System.Threading;
using PvTimer.OpsConsole.Documents;

namespace PvTimer.OpsConsole.Orders;

/// <summary>Every order that came, done or not, as a line of JSON in a file that only grows.</summary>
/// <param name="file">Made when the first order comes.</param>
public sealed class AuditLog(string file)
{
    private readonly Lock _gate = new();

    private sealed record Line(
        DateTimeOffset At,
        string From,
        string? By,
        OrderVerb? Verb,
        string? Subject,
        string? To,
        string? Reason,
        OrderOutcome Outcome,
        string What
    );

    /// <summary>Where it is.</summary>
    public string File { get; } = Path.GetFullPath(file);

    /// <param name="from">Where the order came from: "127.0.0.1", "terminal".</param>
    /// <param name="order">What was wanted; null: nobody has read it.</param>
    /// <param name="answer">What became of it.</param>
    /// <exception cref="IOException">It cannot be written: then nothing may be done either.</exception>
    public void Note(string from, OrderRequest? order, OrderAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        string line = JsonSerializer.Serialize(
            new Line(
                DateTimeOffset.UtcNow,
                from,
                order?.By,
                order?.Verb,
                order?.Subject,
                order?.To,
                order?.Reason,
                answer.Outcome,
                answer.What
            ),
            Json.Options
        );
        lock (_gate)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File)!);
            System.IO.File.AppendAllText(File, line + "\n");
        }
    }
}

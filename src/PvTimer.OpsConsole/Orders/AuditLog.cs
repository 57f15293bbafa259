using System;
using System.IO;
using System.Text.Json;
using System.Threading;
using PvTimer.OpsConsole.Documents;

namespace PvTimer.OpsConsole.Orders;

/// <summary>
/// Every order that came, done or not, as a line of JSON. When the file has its full size it gets the ending ".1", in
/// place of the one before, and another one is begun.
/// </summary>
/// <param name="file">Made when the first order comes.</param>
/// <param name="fullBytes">Its full size [B], at least 1.</param>
public sealed class AuditLog(string file, long fullBytes = AuditLog.FullBytes)
{
    /// <summary>Tens of thousands of orders: anyone who can reach the console can have lines written.</summary>
    public const long FullBytes = 16_000_000;

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
    /// <returns>The answer; if it could not be noted, it says so.</returns>
    public OrderAnswer Note(string from, OrderRequest? order, OrderAnswer answer)
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
        return Append(line + "\n") is null
            ? answer
            : answer with
            {
                What = $"{answer.What}; the audit log could not be written",
            };
    }

    /// <summary>Why nothing may be done now: it could not be noted. Null: it could.</summary>
    public OrderAnswer? Obstacle() =>
        Append("") is { } why
            ? new OrderAnswer(
                OrderOutcome.Refused,
                $"the audit log cannot be written: {why}; accepted: an order that can be noted"
            )
            : null;

    /// <summary>Null: done; else why not.</summary>
    private string? Append(string text)
    {
        try
        {
            lock (_gate)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(File)!);
                if (
                    new FileInfo(File) is { Exists: true, Length: var length }
                    && length >= fullBytes
                )
                {
                    System.IO.File.Move(File, $"{File}.1", overwrite: true);
                }
                System.IO.File.AppendAllText(File, text);
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}

using System;
using System.Globalization;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// A node's log: one JSON object per line with time, level, node, source, message, and error if there was
/// one. Akka creates it by the name of its type.
/// </summary>
/// <remarks>
/// Not Akka.Logger.Serilog (1.5.69), which writes to the one logger of the process: nodes that share a process, as in
/// tests, have a file and a name each. Nor the platform's JSON console, which has other keys, and writes to no file.
/// <code>{"time":"2026-01-01T12:00:00.000Z","level":"info","node":"node-2","source":"...","message":"..."}</code>
/// </remarks>
internal sealed class JsonLineLogger
    : ReceiveActor,
        IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TextWriter _lines;
    private readonly string? _node;

    public JsonLineLogger()
    {
        Config log = Context.System.Settings.Config.GetConfig("pvtimer.log") ?? Config.Empty;
        string file = log.GetString("file", "");
        _node = log.GetString("node", "") is { Length: > 0 } name ? name : null;
        _lines = file.Length == 0 ? Console.Error : Open(file);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    protected override void PostStop()
    {
        if (_lines != Console.Error)
        {
            _lines.Dispose();
        }
    }

    /// <summary>A line is whole in the file as soon as it is written; others may read along.</summary>
    private static StreamWriter Open(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        FileStream stream = new(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        return new StreamWriter(stream) { AutoFlush = true };
    }

    private void Write(LogEvent logged)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line, Plain))
        {
            json.WriteStartObject();
            json.WriteString(
                "time",
                logged.Timestamp.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                    CultureInfo.InvariantCulture
                )
            );
            json.WriteString("level", LevelOf(logged));
            json.WriteString("node", _node ?? OwnAddress());
            json.WriteString("source", logged.LogSource);
            json.WriteString("message", logged.Message?.ToString());
            if (logged.Cause is not null)
            {
                json.WriteString("error", logged.Cause.ToString());
            }
            json.WriteEndObject();
        }
        _lines.WriteLine(
            System.Text.Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length)
        );
    }

    private static string OwnAddress() =>
        ((ExtendedActorSystem)Context.System).Provider.DefaultAddress?.ToString() ?? "";

    private static string LevelOf(LogEvent logged) =>
        logged.LogLevel() switch
        {
            LogLevel.DebugLevel => "debug",
            LogLevel.InfoLevel => "info",
            LogLevel.WarningLevel => "warning",
            _ => "error",
        };
}

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>A command that was accepted.</summary>
/// <param name="Number">Counts the lines of its run's journal, from 1; those of coordinators before on other nodes as well.</param>
/// <param name="Run">The run's <see cref="RunSpec.FirstId"/>.</param>
/// <param name="Command">What was accepted.</param>
/// <param name="EarliestNanoseconds">How far the run had come: an event happens then or later [ns].</param>
/// <param name="Submission">
/// The <see cref="RunSpec.Id"/> that it was given to: a run that is resumed has another one, and one that is submitted
/// once more, because the coordinator that knew it has died, has not.
/// </param>
internal sealed record AcceptedCommand(
    long Number,
    string Run,
    ClusterCommand Command,
    long EarliestNanoseconds = 0,
    string? Submission = null
);

/// <summary>
/// The commands of a run, on disk before they are acknowledged: what was acknowledged happens, whatever becomes
/// of the coordinator. Which of them a formation or a checkpoint contains says
/// <see cref="RunSpec.Commands"/>.
/// </summary>
/// <remarks>
/// One JSON object per line in <c>commands.jsonl</c> beside the checkpoints. A last line that is not whole was
/// never acknowledged. A line without a command says that a coordinator has taken the run over: from there on an
/// earlier one, which may not have heard that it was declared dead, can write nothing any more.
/// </remarks>
internal sealed class CommandJournal
{
    private const string FileName = "commands.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly string _path;
    private readonly string _run;
    private readonly IRunFiles _files;

    /// <summary>The lines that were read last, and the bytes that they were read from.</summary>
    private ImmutableArray<Line> _lines = [];
    private byte[] _content = [];
    private int _length;

    /// <param name="run">Its directory may hold the journals of others.</param>
    /// <param name="files">The disk.</param>
    public CommandJournal(RunSpec run, IRunFiles files)
    {
        _path = PathOf(run);
        _run = run.FirstId;
        _files = files;
    }

    private sealed record Line(
        long Number,
        string Run,
        ClusterCommand? Command = null,
        long EarliestNanoseconds = 0,
        string? Submission = null
    )
    {
        public AcceptedCommand Accepted =>
            new(Number, Run, Command!, EarliestNanoseconds, Submission); // reason: asked of those with a command only
    }

    /// <summary>It is that of a run.</summary>
    public bool IsOf(RunSpec run) => _run == run.FirstId && _path == PathOf(run);

    /// <summary>A coordinator takes the run over: from now on it alone can write.</summary>
    /// <param name="number">
    /// The last command that the run has in it; it may have been written down in the directory of another node. What comes
    /// from now on has greater numbers.
    /// </param>
    /// <returns>What it has to show when it writes.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public long TakeOver(long number = 0) => Append(new Line(number + 1, _run), _ => true).Number;

    /// <summary>Writes one down, unless it is written down already; when this returns it is on disk.</summary>
    /// <param name="command">What is accepted.</param>
    /// <param name="writer">What <see cref="TakeOver"/> gave; 0: the run was never taken over.</param>
    /// <param name="earliestNanoseconds">See <see cref="AcceptedCommand.EarliestNanoseconds"/>.</param>
    /// <param name="submission">See <see cref="AcceptedCommand.Submission"/>.</param>
    /// <returns>With its number.</returns>
    /// <exception cref="DeposedException">Another coordinator has taken the run over.</exception>
    /// <exception cref="IOException">It cannot be written: it must not be acknowledged.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public AcceptedCommand Append(
        ClusterCommand command,
        long writer,
        long earliestNanoseconds = 0,
        string? submission = null
    )
    {
        Line line = Append(
            new Line(0, _run, command, earliestNanoseconds, submission),
            all => IsWriter(all, writer)
        );
        return line.Accepted with { Command = command };
    }

    /// <exception cref="DeposedException">Another coordinator has taken the run over.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void RequireWriter(long writer)
    {
        if (!IsWriter(Lines(), writer))
        {
            throw new DeposedException(_path);
        }
    }

    /// <summary>Those of the run that came after one of them.</summary>
    /// <param name="number">0: all.</param>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ImmutableArray<AcceptedCommand> After(long number) =>
        [.. Commands().Where(accepted => accepted.Number > number)];

    /// <summary>Those of one submission up to one of them: the run that has them in it may have to be told again.</summary>
    /// <param name="number">The last one.</param>
    /// <param name="submission">See <see cref="AcceptedCommand.Submission"/>.</param>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ImmutableArray<AcceptedCommand> UpTo(long number, string submission) =>
        [
            .. Commands()
                .Where(accepted => accepted.Number <= number && accepted.Submission == submission),
        ];

    private IEnumerable<AcceptedCommand> Commands() =>
        Lines()
            .Where(line => line.Run == _run && line.Command is not null)
            .Select(line => line.Accepted);

    private static string PathOf(RunSpec run) => Path.Combine(run.Directory, FileName);

    private bool IsWriter(ImmutableArray<Line> lines, long writer) =>
        (lines.LastOrDefault(line => line.Run == _run && line.Command is null)?.Number ?? 0)
        == writer;

    private Line Append(Line line, Func<ImmutableArray<Line>, bool> mayWrite)
    {
        _files.MakeDirectory(Path.GetDirectoryName(_path)!);
        _files.ChangeEnd(
            _path,
            content =>
            {
                (ImmutableArray<Line> all, int length) = Read(content);
                if (!mayWrite(all))
                {
                    throw new DeposedException(_path);
                }
                if (
                    line.Command?.Id is { } id
                    && all.FirstOrDefault(each => each.Run == _run && each.Command?.Id == id)
                        is { } known
                )
                {
                    line = known;
                    return (length, []);
                }
                line = line with { Number = Math.Max(line.Number, NumberAfter(all)) };
                // What another one left half-written was not acknowledged, and must not become part of this line.
                return (length, [.. JsonSerializer.SerializeToUtf8Bytes(line, Json), (byte)'\n']);
            }
        );
        return line;
    }

    private ImmutableArray<Line> Lines() =>
        _files.Exists(_path) ? Read(_files.Read(_path)).Lines : [];

    /// <summary>Whole lines in their order, and where they end. Only what is new behind those read last is parsed.</summary>
    private (ImmutableArray<Line> Lines, int Length) Read(byte[] content)
    {
        bool isSame = content.AsSpan().StartsWith(_content.AsSpan(0, _length));
        if (isSame && content.Length == _length)
        {
            return (_lines, _length);
        }
        List<Line> lines = isSame ? [.. _lines] : [];
        int at = isSame ? _length : 0;
        while (Array.IndexOf(content, (byte)'\n', at) is >= 0 and int end)
        {
            if (
                Parse(content.AsSpan(at, end - at)) is not { } next
                || next.Number < NumberAfter(lines)
                || (next.Number > NumberAfter(lines) && next.Command is not null)
            )
            {
                throw new IOException($"{_path}: line {lines.Count + 1} is not what was written");
            }
            lines.Add(next);
            at = end + 1;
        }
        if (!isSame || at > _length)
        {
            (_lines, _content, _length) = ([.. lines], content, at);
        }
        return (_lines, at);
    }

    private static long NumberAfter(IReadOnlyList<Line> lines) =>
        lines.Count == 0 ? 1 : lines[^1].Number + 1;

    private static Line? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Another coordinator has taken the run over; the message says where that is written.</summary>
internal sealed class DeposedException(string file)
    : Exception($"{file}: another coordinator has taken the run over");

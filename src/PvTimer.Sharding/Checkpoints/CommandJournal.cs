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
/// <param name="Number">Counts the lines of its journal, from 1.</param>
/// <param name="Run">The run's <see cref="RunSpec.FirstId"/>.</param>
/// <param name="Command">What was accepted.</param>
internal sealed record AcceptedCommand(long Number, string Run, ClusterCommand Command);

/// <summary>
/// The commands of a run, on disk before they are acknowledged: what was acknowledged happens, whatever becomes
/// of the coordinator. Which of them a formation or a checkpoint contains says
/// <see cref="RunSpec.Commands"/>.
/// </summary>
/// <remarks>
/// One JSON object per line in <c>commands.jsonl</c> beside the checkpoints. A last line that is not whole was
/// never acknowledged.
/// </remarks>
internal sealed class CommandJournal
{
    private const string FileName = "commands.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly string _path;
    private readonly string _run;
    private readonly IRunFiles _files;

    /// <param name="run">Its directory may hold the journals of others.</param>
    /// <param name="files">The disk.</param>
    public CommandJournal(RunSpec run, IRunFiles files)
    {
        _path = Path.Combine(run.Directory, FileName);
        _run = run.FirstId;
        _files = files;
    }

    /// <summary>Writes one down; when this returns it is on disk.</summary>
    /// <returns>With its number.</returns>
    /// <exception cref="IOException">It cannot be written: it must not be acknowledged.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public AcceptedCommand Append(ClusterCommand command)
    {
        _files.MakeDirectory(Path.GetDirectoryName(_path)!);
        AcceptedCommand accepted = new(0, _run, command);
        _files.ChangeEnd(
            _path,
            content =>
            {
                (ImmutableArray<AcceptedCommand> all, int length) = Read(content);
                accepted = accepted with { Number = all.Length + 1 };
                // What another one left half-written was not acknowledged, and must not become part of this line.
                return (
                    length,
                    [.. JsonSerializer.SerializeToUtf8Bytes(accepted, Json), (byte)'\n']
                );
            }
        );
        return accepted;
    }

    /// <summary>Those of the run that came after one of them.</summary>
    /// <param name="number">0: all.</param>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ImmutableArray<AcceptedCommand> After(long number)
    {
        return _files.Exists(_path)
            ?
            [
                .. Read(_files.Read(_path))
                    .Commands.Where(each => each.Number > number && each.Run == _run),
            ]
            : [];
    }

    /// <summary>Whole lines in their order, and where they end.</summary>
    private (ImmutableArray<AcceptedCommand> Commands, int Length) Read(byte[] content)
    {
        List<AcceptedCommand> commands = [];
        int at = 0;
        while (Array.IndexOf(content, (byte)'\n', at) is >= 0 and int end)
        {
            if (
                Parse(content.AsSpan(at, end - at)) is not { } next
                || next.Number != commands.Count + 1
            )
            {
                throw new IOException(
                    $"{_path}: line {commands.Count + 1} is not what was written"
                );
            }
            commands.Add(next);
            at = end + 1;
        }
        return ([.. commands], at);
    }

    private static AcceptedCommand? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<AcceptedCommand>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

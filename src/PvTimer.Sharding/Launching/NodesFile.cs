using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Launching;

/// <summary>
/// nodes.json of a run directory: the processes that run it, and what lives where. It is replaced as a whole
/// whenever that changes.
/// </summary>
/// <param name="Nodes">In the order of their age.</param>
public sealed record NodesFile(ImmutableArray<NodesFile.Node> Nodes)
{
    public const string Name = "nodes.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="Name">As users call it.</param>
    /// <param name="Pid">Its process, on the machine that it runs on.</param>
    /// <param name="Started">When that started: see <see cref="ProcessMark"/>.</param>
    /// <param name="World">Where that number means something: see <see cref="ProcessMark"/>.</param>
    /// <param name="Address">"host:port".</param>
    /// <param name="Roles">See <see cref="Placement.ClusterSeat"/>.</param>
    /// <param name="Shards">The cells that live there.</param>
    public sealed record Node(
        string Name,
        int Pid,
        long Started,
        string World,
        string Address,
        ImmutableArray<string> Roles,
        ImmutableArray<string> Shards
    )
    {
        /// <summary>It lives, and on this machine: false also when that cannot be known from here.</summary>
        [JsonIgnore]
        public bool IsAliveHere => new ProcessMark(Pid, Started, World).IsAliveHere;
    }

    /// <summary>What a cluster says of itself; nodes that have not reported yet are not in it.</summary>
    public static NodesFile Of(ClusterStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        ILookup<string, string> shards = status.Cells.ToLookup(
            cell => cell.Node,
            cell => cell.Cell,
            StringComparer.Ordinal
        );
        return new NodesFile([
            .. status
                .Members.Where(member => member.Report is not null)
                .Select(member => new Node(
                    member.Report!.Seat.Name,
                    member.Report.Seat.Process.Id,
                    member.Report.Seat.Process.Started,
                    member.Report.Seat.Process.World,
                    ClusterDoor.EndpointOf(member.Address),
                    member.Report.Seat.Roles,
                    [.. shards[member.Report.Seat.Name]]
                )),
        ]);
    }

    /// <summary>Nodes that listen but may not have met yet.</summary>
    public static NodesFile Of(IEnumerable<NodeProcess> launched) =>
        new([
            .. launched
                .Where(node => node.Listening.IsCompletedSuccessfully && !node.HasEnded)
                .Select(node => new Node(
                    node.Name,
                    node.Mark.Id,
                    node.Mark.Started,
                    node.Mark.World,
                    node.Listening.Result,
                    node.Roles,
                    []
                )),
        ]);

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string directory)
    {
        string path = Path.Combine(directory, Name);
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(this, Json) + "\n");
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static NodesFile Read(string directory)
    {
        string path = Path.Combine(directory, Name);
        try
        {
            NodesFile? read = JsonSerializer.Deserialize<NodesFile>(File.ReadAllText(path), Json);
            return read is { Nodes.IsDefault: false }
                ? read
                : throw new InvalidDataException($"{path}: names no nodes");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    public bool Equals(NodesFile? other) =>
        other is not null && JsonSerializer.Serialize(this) == JsonSerializer.Serialize(other);

    public override int GetHashCode() => Nodes.Length;
}

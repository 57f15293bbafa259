using System.Text.Json.Serialization;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Sweeps;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Wire;

/// <summary>
/// How the documents among the messages are written and read, as code that the compiler has generated: what a node
/// would else find out by reflection, and compile, each time that it starts.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true
)]
[JsonSerializable(typeof(NodeReport))]
[JsonSerializable(typeof(Form))]
[JsonSerializable(typeof(Formed))]
[JsonSerializable(typeof(FormingFailed))]
[JsonSerializable(typeof(Go))]
[JsonSerializable(typeof(Pause))]
[JsonSerializable(typeof(Halted))]
[JsonSerializable(typeof(AskInputs))]
[JsonSerializable(typeof(AskPart))]
[JsonSerializable(typeof(KeepCopy))]
[JsonSerializable(typeof(CopyKept))]
[JsonSerializable(typeof(TakeCheckpoint))]
[JsonSerializable(typeof(CheckpointWritten))]
[JsonSerializable(typeof(CheckpointFailed))]
[JsonSerializable(typeof(Dissolve))]
[JsonSerializable(typeof(JoinRefused))]
[JsonSerializable(typeof(Recall))]
[JsonSerializable(typeof(Recalled))]
[JsonSerializable(typeof(RecallRun))]
[JsonSerializable(typeof(RunRecalled))]
[JsonSerializable(typeof(Submit))]
[JsonSerializable(typeof(AskRun))]
[JsonSerializable(typeof(RunStatus))]
[JsonSerializable(typeof(AskCluster))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(ClusterCommand))]
[JsonSerializable(typeof(CheckCommand))]
[JsonSerializable(typeof(CommandAnswer))]
[JsonSerializable(typeof(CellEnvelope))]
[JsonSerializable(typeof(CutOff))]
[JsonSerializable(typeof(AskLook))]
[JsonSerializable(typeof(LookAnswer))]
[JsonSerializable(typeof(TakeLook))]
[JsonSerializable(typeof(LookTaken))]
[JsonSerializable(typeof(OfferMemory))]
[JsonSerializable(typeof(MemoryAnswer))]
[JsonSerializable(typeof(AskContact))]
[JsonSerializable(typeof(Contact))]
[JsonSerializable(typeof(PointOrder))]
[JsonSerializable(typeof(PointLacks))]
[JsonSerializable(typeof(PointInputTaken))]
[JsonSerializable(typeof(PointAtWork))]
[JsonSerializable(typeof(PointOutcome))]
internal sealed partial class WireContext : JsonSerializerContext;

using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
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
/// What each message is called on the wire: a short name and the version of its form. A form that changes
/// gets a new version; a node that does not know one says so and drops the message.
/// </summary>
internal static class WireManifests
{
    public const string Frame = "frame/2";
    public const string Parcel = "parcel/1";
    public const string Inputs = "inputs/1";
    public const string Part = "part/1";

    private static readonly (string Manifest, Type Type)[] Control =
    [
        ("node-report/4", typeof(NodeReport)),
        ("form/6", typeof(Form)),
        ("formed/2", typeof(Formed)),
        ("forming-failed/1", typeof(FormingFailed)),
        ("go/1", typeof(Go)),
        ("pause/1", typeof(Pause)),
        ("halted/2", typeof(Halted)),
        ("ask-inputs/1", typeof(AskInputs)),
        ("ask-part/1", typeof(AskPart)),
        ("keep-copy/2", typeof(KeepCopy)),
        ("copy-kept/1", typeof(CopyKept)),
        ("take-checkpoint/1", typeof(TakeCheckpoint)),
        ("checkpoint-written/1", typeof(CheckpointWritten)),
        ("checkpoint-failed/1", typeof(CheckpointFailed)),
        ("dissolve/1", typeof(Dissolve)),
        ("join-refused/1", typeof(JoinRefused)),
        ("recall/1", typeof(Recall)),
        ("recalled/7", typeof(Recalled)),
        ("recall-run/1", typeof(RecallRun)),
        ("run-recalled/1", typeof(RunRecalled)),
        ("submit/5", typeof(Submit)),
        ("ask-run/1", typeof(AskRun)),
        ("run-status/6", typeof(RunStatus)),
        ("ask-cluster/1", typeof(AskCluster)),
        ("cluster-status/8", typeof(ClusterStatus)),
        ("command/3", typeof(ClusterCommand)),
        ("check-command/1", typeof(CheckCommand)),
        ("answer/1", typeof(CommandAnswer)),
        ("cell-envelope/2", typeof(CellEnvelope)),
        ("cut-off/1", typeof(CutOff)),
        ("ask-look/1", typeof(AskLook)),
        ("look-answer/1", typeof(LookAnswer)),
        ("take-look/1", typeof(TakeLook)),
        ("look-taken/1", typeof(LookTaken)),
        ("offer-memory/1", typeof(OfferMemory)),
        ("memory-answer/1", typeof(MemoryAnswer)),
        ("ask-contact/1", typeof(AskContact)),
        ("contact/1", typeof(Contact)),
        ("point-order/2", typeof(PointOrder)),
        ("point-lacks/1", typeof(PointLacks)),
        ("point-input-taken/1", typeof(PointInputTaken)),
        ("point-at-work/1", typeof(PointAtWork)),
        ("point-outcome/1", typeof(PointOutcome)),
    ];

    private static readonly FrozenDictionary<string, Type> TypeOf = Control.ToFrozenDictionary(
        entry => entry.Manifest,
        entry => entry.Type,
        StringComparer.Ordinal
    );

    private static readonly FrozenDictionary<Type, string> ManifestOf = Control.ToFrozenDictionary(
        entry => entry.Type,
        entry => entry.Manifest
    );

    /// <summary>Every type that is written as a document.</summary>
    public static IEnumerable<Type> ControlTypes => Control.Select(entry => entry.Type);

    /// <summary>Whether it only asks how things are, and changes nothing.</summary>
    public static bool IsQuestion(string manifest) =>
        ControlType(manifest) is { } type
        && (type == typeof(AskRun) || type == typeof(AskCluster) || type == typeof(AskLook));

    public static string Of(object message) =>
        message switch
        {
            WindowFrame => Frame,
            CellParcel => Parcel,
            InputParcel => Inputs,
            PartParcel => Part,
            _ => OfDocument(message.GetType()),
        };

    /// <summary>What a document is called.</summary>
    /// <exception cref="ArgumentException">It has no form on the wire.</exception>
    public static string OfDocument(Type type) =>
        ManifestOf.TryGetValue(type, out string? manifest)
            ? manifest
            : throw new ArgumentException($"{type} has no form on the wire", nameof(type));

    /// <summary>The type that a manifest names; null if this version does not know it.</summary>
    public static Type? ControlType(string manifest) => TypeOf.GetValueOrDefault(manifest);
}

using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PvTimer.OpsConsole.Orders;

/// <summary>
/// Verbs as words, and nothing else: the framework's converter reads "move, drain" as the sum of both, which is
/// some third verb.
/// </summary>
internal sealed class OrderVerbConverter : JsonConverter<OrderVerb>
{
    private static readonly FrozenDictionary<string, OrderVerb> s_verbs =
        Enum.GetValues<OrderVerb>()
            .Select(verb => KeyValuePair.Create(NameOf(verb), verb))
            .ToFrozenDictionary(StringComparer.Ordinal);

    public override OrderVerb Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType == JsonTokenType.String
        && s_verbs.TryGetValue(reader.GetString()!, out OrderVerb verb)
            ? verb
            : throw new JsonException("no verb");

    public override void Write(
        Utf8JsonWriter writer,
        OrderVerb value,
        JsonSerializerOptions options
    ) => writer.WriteStringValue(NameOf(value));

    private static string NameOf(OrderVerb verb) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName($"{verb}");
}

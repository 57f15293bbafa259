using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Wire;

/// <summary>
/// Pairs of text in the order of their keys: the order in which a dictionary has them is another one in each process, and
/// equal messages are equal bytes.
/// </summary>
internal sealed class PairsConverter : JsonConverter<ImmutableDictionary<string, string>>
{
    public override ImmutableDictionary<string, string> Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        ImmutableDictionary<string, string>.Builder pairs = ImmutableDictionary.CreateBuilder<
            string,
            string
        >(StringComparer.Ordinal);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("pairs of text are an object");
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = PlainText.OneLine(reader.GetString()!); // reason: a property has a name
            reader.Read();
            pairs[key] = PlainText.OneLine(
                reader.TokenType == JsonTokenType.String
                    ? reader.GetString()! // reason: it is a string
                    : throw new JsonException($"{key} is not text")
            );
        }
        return pairs.ToImmutable();
    }

    public override void Write(
        Utf8JsonWriter writer,
        ImmutableDictionary<string, string> value,
        JsonSerializerOptions options
    )
    {
        writer.WriteStartObject();
        foreach (
            KeyValuePair<string, string> pair in value.OrderBy(
                pair => pair.Key,
                StringComparer.Ordinal
            )
        )
        {
            writer.WriteString(pair.Key, pair.Value);
        }
        writer.WriteEndObject();
    }
}

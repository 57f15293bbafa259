using System;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Scenarios;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Wire;

/// <summary>Text of others becomes plain text where it enters: see <see cref="PlainText"/>.</summary>
internal abstract class TextConverter(Func<string, string> take) : JsonConverter<string>
{
    public override string Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => take(reader.GetString() ?? throw new JsonException("text is missing"));

    public override string ReadAsPropertyName(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => Read(ref reader, typeToConvert, options);

    public override void Write(
        Utf8JsonWriter writer,
        string value,
        JsonSerializerOptions options
    ) => writer.WriteStringValue(value);

    public override void WriteAsPropertyName(
        Utf8JsonWriter writer,
        string value,
        JsonSerializerOptions options
    ) => writer.WritePropertyName(value);
}

/// <summary>What is shown.</summary>
internal sealed class OneLineConverter() : TextConverter(PlainText.OneLine);

/// <summary>What is parsed again, and may have several lines.</summary>
internal sealed class LinesConverter() : TextConverter(PlainText.Lines);

/// <summary>The name of a node; anything else is refused with the message that it is in.</summary>
internal sealed class NodeNameConverter() : TextConverter(Checked)
{
    private static string Checked(string name) =>
        NameRule.Node.FlawOf(name) is { } flaw
            ? throw new JsonException($"a node's name: {flaw}; accepted: {NameRule.Node.Forms}")
            : name;
}

/// <summary>
/// A document that is read again by its own reader and never shown; whether it is the right one its hash says.
/// </summary>
internal sealed class DocumentConverter() : TextConverter(Checked)
{
    /// <summary>Well below the transport's largest frame.</summary>
    private const int MostCharacters = 2_000_000;

    private static string Checked(string document) =>
        document.Length > MostCharacters
            ? throw new JsonException(
                $"a document of {document.Length} characters; accepted: {MostCharacters}"
            )
            : document;
}

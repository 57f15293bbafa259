using System;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Model.Time;

namespace PvTimer.Sharding.Wire;

/// <summary>Instants and spans of virtual time as whole numbers of nanoseconds in JSON.</summary>
public static class NanosecondsConverter
{
    /// <summary>Has a serializer write and read them.</summary>
    public static void AddTo(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Converters.Add(new OfTime());
        options.Converters.Add(new OfDuration());
    }

    private sealed class OfTime : JsonConverter<VirtualTime>
    {
        public override VirtualTime Read(
            ref Utf8JsonReader reader,
            Type typeToConvert,
            JsonSerializerOptions options
        ) =>
            reader.GetInt64() is >= 0 and long nanoseconds
                ? VirtualTime.FromNanoseconds(nanoseconds)
                : throw new JsonException("an instant lies before the run");

        public override void Write(
            Utf8JsonWriter writer,
            VirtualTime value,
            JsonSerializerOptions options
        ) => writer.WriteNumberValue(value.Nanoseconds);
    }

    private sealed class OfDuration : JsonConverter<VirtualDuration>
    {
        public override VirtualDuration Read(
            ref Utf8JsonReader reader,
            Type typeToConvert,
            JsonSerializerOptions options
        ) => VirtualDuration.FromNanoseconds(reader.GetInt64());

        public override void Write(
            Utf8JsonWriter writer,
            VirtualDuration value,
            JsonSerializerOptions options
        ) => writer.WriteNumberValue(value.Nanoseconds);
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.OpsConsole.Orders;
using PvTimer.Sharding.Wire;

namespace PvTimer.OpsConsole.Documents;

/// <summary>
/// How documents are written: names_like_this; instants and spans of virtual time as numbers of nanoseconds,
/// in properties whose names end in _ns; enumerations as words.
/// </summary>
internal static class Json
{
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web)
        {
            // Nothing of it is ever put into a page as it is, and people read it with curl.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            // An order without a verb is none, and of two verbs nobody can say which was meant.
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            Converters =
            {
                new OrderVerbConverter(),
                new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower),
            },
        };
        NanosecondsConverter.AddTo(options);
        return options;
    }
}

using System;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Security;

/// <summary>What each end of a connection says of itself before anything else.</summary>
/// <param name="Protocol">The form of what follows; see <see cref="CurrentProtocol"/>.</param>
/// <param name="Program">The program's version, with the commit that it was built from.</param>
/// <param name="Address">"system@host:port", under which it says all that it says.</param>
/// <param name="IsNode">It wants to be a member of the cluster; otherwise it is a client.</param>
/// <param name="Nonce">Drawn for this connection, 32 bytes in hexadecimal: what was proved on another one proves nothing here.</param>
/// <param name="Person">Whose token it is going to prove; null: the cluster's. A name that is not proved is none.</param>
internal sealed record PeerIdentity(
    int Protocol,
    string Program,
    string Address,
    bool IsNode,
    string Nonce,
    string? Person = null
)
{
    /// <summary>Grows with every change of the handshake, of frames, or of messages between nodes.</summary>
    public const int CurrentProtocol = 3;

    private const int NonceBytes = 32;
    private const int MostBytes = 1_024;
    private const int MostCharacters = 300;

    private static readonly JsonSerializerOptions Json = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Of this process, on a connection that is new.</summary>
    /// <param name="address">"system@host:port".</param>
    /// <param name="isNode">Not a client.</param>
    /// <param name="person">See <see cref="Person"/>.</param>
    public static PeerIdentity Own(string address, bool isNode, string? person = null) =>
        new(
            CurrentProtocol,
            ProgramVersion.Text,
            address,
            isNode,
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes)),
            person
        );

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="InvalidDataException">It is not what <see cref="ToBytes"/> makes.</exception>
    public static PeerIdentity FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostBytes)
        {
            throw new InvalidDataException($"an identity of {bytes.Length} bytes");
        }
        try
        {
            PeerIdentity? read = JsonSerializer.Deserialize<PeerIdentity>(bytes, Json);
            return
                read is { Nonce.Length: 2 * NonceBytes }
                && read.Program.Length <= MostCharacters
                && read.Address.Length <= MostCharacters
                && (read.Person is null || NameRule.Node.Allows(read.Person))
                ? read with
                {
                    Program = PlainText.OneLine(read.Program),
                    Address = PlainText.OneLine(read.Address),
                }
                : throw new InvalidDataException("an identity that is not whole");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("an identity that cannot be read", e);
        }
    }
}

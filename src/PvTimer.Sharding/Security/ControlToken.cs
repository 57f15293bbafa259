using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using PvTimer.Scenarios;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Security;

/// <summary>
/// The secret that whoever gives orders to a cluster shows: nodes compare it with their own. By default it is
/// in a file of the user, as Erlang keeps its cookie, so that all that one user starts on one machine goes
/// together and nobody else gives it orders.
/// </summary>
/// <remarks>
/// <code>
///   the token of the cluster: nodes have it, and clients that are no one in particular
///   alice: alice's own         in a node's file, a line for each person; in alice's own file, the only line
/// </code>
/// </remarks>
public sealed class ControlToken
{
    /// <summary>Shorter ones could be guessed.</summary>
    public const int MinLength = 16;

    private const int NewBytes = 24;

    /// <summary>So many people have tokens of their own at most.</summary>
    public const int MostPersons = 1_000;

    private readonly byte[] _digest;
    private readonly ImmutableDictionary<string, ControlToken> _persons;

    private ControlToken(
        string text,
        string? person = null,
        ImmutableDictionary<string, ControlToken>? persons = null
    )
    {
        Text = text;
        Person = person;
        _digest = DigestOf(text);
        _persons = persons ?? ImmutableDictionary<string, ControlToken>.Empty;
    }

    /// <summary>Whose own it is: orders that are given with it are that person's. Null: it is the cluster's.</summary>
    public string? Person { get; }

    /// <summary>A person of this name has a token of its own.</summary>
    internal bool HasPerson(string name) => _persons.ContainsKey(name);

    /// <summary>What one end of a connection has to know that says whose it is.</summary>
    /// <param name="person">Null: it does not say so. One who is not known has a token that nothing knows.</param>
    internal ControlToken For(string? person) =>
        person is null ? this : _persons.GetValueOrDefault(person) ?? New();

    /// <summary>What is shown.</summary>
    public string Text { get; }

    /// <summary>Where the user's own token is: "pvtimer/token" in the folder for configuration.</summary>
    public static string OwnFile =>
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.ApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "pvtimer",
            "token"
        );

    /// <summary>One that nobody can guess.</summary>
    public static ControlToken New() =>
        new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NewBytes)));

    /// <exception cref="NodeOptionsException">It is too short.</exception>
    public static ControlToken Of(string text) => Of(text, person: null);

    private static ControlToken Of(string text, string? person)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length >= MinLength
            ? new ControlToken(text, person)
            : throw new NodeOptionsException(
                $"a control token of {text.Length} characters; accepted: at least {MinLength}"
            );
    }

    /// <summary>The user's own; the first who asks makes it.</summary>
    /// <exception cref="NodeOptionsException">It can be neither read nor made.</exception>
    public static ControlToken OfUser() => ReadOrMake(OwnFile);

    /// <summary>The one in a file; the first who asks makes it.</summary>
    /// <exception cref="NodeOptionsException">It can be neither read nor made.</exception>
    internal static ControlToken ReadOrMake(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                WriteNew(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeOptionsException($"the control token cannot be kept: {e.Message}");
        }
        return Read(file);
    }

    /// <summary>The first line of a file, and those of persons below it.</summary>
    /// <exception cref="NodeOptionsException">There is none, one is too short, or is no "NAME: TOKEN".</exception>
    public static ControlToken Read(string file)
    {
        try
        {
            string[] lines = [.. File.ReadLines(file).Take(MostPersons + 1)];
            ControlToken first = Parse(lines.FirstOrDefault() ?? "");
            ControlToken[] persons =
            [
                .. lines.Skip(1).Where(line => line.Trim().Length > 0).Select(ParseOfPerson),
            ];
            return persons.Length == 0
                ? first
                : new ControlToken(
                    first.Text,
                    first.Person,
                    persons
                        .DistinctBy(person => person.Person!, StringComparer.Ordinal)
                        .ToImmutableDictionary(
                            person => person.Person!, // reason: it was parsed with one
                            StringComparer.Ordinal
                        )
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeOptionsException(
                $"the control token: {e.Message.TrimEnd('.')}; accepted: a file that can be read"
            );
        }
        catch (NodeOptionsException e)
        {
            throw new NodeOptionsException($"{file}: {e.Message}");
        }
    }

    private static ControlToken ParseOfPerson(string line) =>
        line.Contains(':', StringComparison.Ordinal)
            ? Parse(line)
            : throw new NodeOptionsException(
                "a line below the first that names no person; accepted: NAME: TOKEN"
            );

    private static ControlToken Parse(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return Of(line.Trim());
        }
        string name = line[..colon].Trim();
        return NameRule.Node.FlawOf(name) is { } flaw
            ? throw new NodeOptionsException($"the person {flaw}; accepted: {NameRule.Node.Forms}")
            : Of(line[(colon + 1)..].Trim(), name);
    }

    /// <summary>What only one who knows the token can say about something: an HMAC-SHA256, 32 bytes.</summary>
    /// <param name="label">What it is for, so that it is good for nothing else.</param>
    /// <param name="about">What it is said about.</param>
    internal byte[] Mac(string label, ReadOnlySpan<byte> about) =>
        HMACSHA256.HashData(_digest, (byte[])[.. Encoding.UTF8.GetBytes(label), 0, .. about]);

    /// <summary>Takes equally long whatever is shown.</summary>
    /// <param name="shown">Null: nothing is.</param>
    public bool Matches(string? shown) =>
        shown is not null && CryptographicOperations.FixedTimeEquals(DigestOf(shown), _digest);

    private static byte[] DigestOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Several processes may do this at once: one of them wins, and no reader sees half a token.</summary>
    private static void WriteNew(string file)
    {
        string own = $"{file}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using (StreamWriter writer = new(own, options))
        {
            writer.WriteLine(New().Text);
        }
        FirstFile.Place(own, file);
    }
}

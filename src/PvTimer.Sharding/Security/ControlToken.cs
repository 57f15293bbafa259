using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Security;

/// <summary>
/// The secret that whoever gives orders to a cluster shows: nodes compare it with their own. By default it is
/// in a file of the user, as Erlang keeps its cookie, so that all that one user starts on one machine goes
/// together and nobody else gives it orders.
/// </summary>
public sealed class ControlToken
{
    /// <summary>Shorter ones could be guessed.</summary>
    public const int MinLength = 16;

    private const int NewBytes = 24;

    private readonly byte[] _digest;

    private ControlToken(string text)
    {
        Text = text;
        _digest = DigestOf(text);
    }

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
    public static ControlToken Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length >= MinLength
            ? new ControlToken(text)
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

    /// <summary>The first line of a file.</summary>
    /// <exception cref="NodeOptionsException">There is none, or it is too short.</exception>
    public static ControlToken Read(string file)
    {
        try
        {
            using StreamReader reader = new(file);
            return Of((reader.ReadLine() ?? "").Trim());
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
        try
        {
            File.Move(own, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(own);
        }
    }
}

using System.CommandLine;

namespace PvTimer.Cli.Commands;

/// <summary>Where the results of a command go, and what it prints.</summary>
/// <param name="directory">What its directory is.</param>
/// <param name="document">The JSON document that it can print: "summary.json".</param>
internal sealed class ResultOptions(string directory, string document)
{
    private readonly Option<bool> _json = new("--json")
    {
        Description = $"Print {document}, and nothing else",
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "Show no progress" };

    public Option<string?> Out { get; } =
        new("--out") { Description = directory, HelpName = "DIR" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(Out);
        command.Options.Add(_json);
        command.Options.Add(_quiet);
    }

    public string? Directory(ParseResult parsed) => parsed.GetValue(Out);

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    public bool IsQuiet(ParseResult parsed) => parsed.GetValue(_quiet);
}

using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Predictions;
using PvTimer.Experiments.Reports;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer predict: from recordings to the answer whether pvtimer pays.</summary>
internal sealed class PredictCommand
{
    private const int UsualRepetitions = 5;
    private const int MostRepetitions = 1_000;

    private readonly Argument<string[]> _recordings = new("TRACE")
    {
        Description = "Recordings of guests that share a host; see pvtimer trace recipe",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _host = new("--host")
    {
        Description =
            "The host, as pvtimer import-host writes it; default: a pCPU for each vCPU, and the timer CPU",
        HelpName = "FILE",
    };

    private readonly Option<string?> _costs = new("--costs")
    {
        Description = $"The cost profile; default: the host's, or {PredictionRequest.UsualCosts}",
        HelpName = "NAME|FILE",
    };

    private readonly Option<string?> _tsc = TraceOptions.Tsc();

    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "Seeds of the tail's interval",
        HelpName = "N",
        DefaultValueFactory = _ => UsualRepetitions,
    };

    private readonly ResultOptions _results = new(
        "Its directory; default runs/predict-<recording>",
        "one JSON document"
    );

    private readonly Session _session;

    private PredictCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        PredictCommand predict = new(session);
        Command command = new(
            "predict",
            "Say from recordings whether pvtimer pays, and which back-end and settings suit best"
        )
        {
            predict._recordings,
            predict._host,
            predict._costs,
            predict._tsc,
            predict._repeat,
        };
        predict._results.AddTo(command);
        command.SetAction(predict.Invoke);
        return command;
    }

    private int Invoke(ParseResult parsed)
    {
        PredictionRequest request = Request(parsed);
        string directory =
            _results.Directory(parsed) ?? $"runs/predict-{request.Name.Replace(' ', '-')}";
        using RunLock? held = RunLock.Take(directory);
        if (WritableFolder.Obstacle(directory) is { } obstacle)
        {
            throw new UsageException($"--out: {obstacle}");
        }
        bool isJson = _results.IsJson(parsed);
        bool isQuiet = _results.IsQuiet(parsed);
        Prediction prediction;
        try
        {
            using SweepLine line = new(_session, isQuiet);
            prediction = Prediction.Of(
                request,
                directory,
                what =>
                {
                    if (!isQuiet)
                    {
                        line.Note(what);
                    }
                },
                line.Show,
                _session.Stop
            );
        }
        catch (OperationCanceledException)
        {
            _session.Error.WriteLine(
                $"pvtimer: interrupted; the same command goes on from what is finished in {directory}"
            );
            return ExitCode.Interrupted;
        }
        Write(parsed, prediction, directory, isJson);
        return ExitCode.Done;
    }

    private void Write(ParseResult parsed, Prediction prediction, string directory, bool isJson)
    {
        string document = SummaryDocument.Write(PredictionDocument.Of(prediction));
        WholeFile.Write(Path.Combine(directory, "prediction.json"), document);
        WholeFile.Write(
            Path.Combine(directory, RunDirectory.ReportName),
            ReportPage.Of(PredictionReport.Of(prediction, CommandPath.Again(parsed)))
        );
        if (isJson)
        {
            _session.Output.Write(document);
            return;
        }
        _session.Output.Write(PredictionText.Of(prediction));
        _session.Output.WriteLine(
            $"Written to {directory}: {RunDirectory.ReportName}, prediction.json, {Prediction.ScenarioName}"
        );
    }

    private PredictionRequest Request(ParseResult parsed)
    {
        int repetitions = parsed.GetValue(_repeat);
        if (repetitions is < 2 or > MostRepetitions)
        {
            throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--repeat: {repetitions}; accepted: 2 to {MostRepetitions}"
                )
            );
        }
        return new PredictionRequest(
            [.. parsed.GetValue(_recordings)!],
            parsed.GetValue(_host),
            parsed.GetValue(_costs),
            TraceOptions.Frequency(parsed.GetValue(_tsc)),
            repetitions
        );
    }
}

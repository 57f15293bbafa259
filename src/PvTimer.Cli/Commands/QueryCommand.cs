using System.CommandLine;
using System.IO;
using System.Linq;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer query: SQL over the results of sweeps, in builds that have DuckDB.</summary>
internal static class QueryCommand
{
    public static Command Create(Session session)
    {
        Argument<string> sql = new("SQL") { Description = "About one table, results" };
        Argument<string[]> directories = new("DIR")
        {
            Description = "Directories of sweeps; column filename says which a row is from",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Command command = new("query", "Ask the results of sweeps, in SQL (needs DuckDB)")
        {
            sql,
            directories,
            json,
        };
        command.SetAction(parsed =>
        {
            string[] files =
            [
                .. parsed
                    .GetValue(directories)!
                    .Select(directory => Path.Combine(directory, "results.parquet")),
            ];
            if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
            {
                throw new UsageException(
                    $"DIR: there is no {missing}; accepted: directories of sweeps that have come to their end"
                );
            }
            return Run(session, parsed.GetValue(sql)!, files, parsed.GetValue(json));
        });
        return command;
    }

#if DUCKDB
    private static int Run(Session session, string sql, string[] files, bool json)
    {
        using DuckDB.NET.Data.DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        try
        {
            using DuckDB.NET.Data.DuckDBCommand view = connection.CreateCommand();
            string list = string.Join(
                ", ",
                files.Select(file =>
                    $"'{file.Replace("'", "''", System.StringComparison.Ordinal)}'"
                )
            );
            view.CommandText =
                $"create view results as select * from read_parquet([{list}], union_by_name = true, filename = true)";
            view.ExecuteNonQuery();
            using DuckDB.NET.Data.DuckDBCommand query = connection.CreateCommand();
            query.CommandText = sql;
            using System.Data.Common.DbDataReader rows = query.ExecuteReader();
            session.Output.Write(
                json ? Display.QueryTable.Json(rows) : Display.QueryTable.Of(rows)
            );
            return ExitCode.Done;
        }
        catch (System.Data.Common.DbException e)
        {
            throw new UsageException($"SQL: {e.Message}; accepted: SQL of DuckDB about results");
        }
    }
#else
    private static int Run(Session session, string sql, string[] files, bool json) =>
        throw new UsageException(
            "this build has no DuckDB, whose native library is 69 MB; accepted: a build with -p:WithDuckDb=true, or any other reader of results.parquet"
        );
#endif
}

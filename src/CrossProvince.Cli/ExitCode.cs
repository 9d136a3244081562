using CrossProvince.Contracts.Verification.V1;
using Grpc.Core;

namespace CrossProvince.Cli;

/// <summary>What the process answers to its caller; scripts rely on the numbers.</summary>
internal enum ExitCode
{
    /// <summary>All codes valid, or the work is done.</summary>
    Done = 0,

    /// <summary>A code was refused, or the node refused the work for the state that a licence or showing is in.</summary>
    Refused = 1,

    /// <summary>Bad usage or input.</summary>
    BadInput = 2,

    /// <summary>Undetermined, or no decision could be reached.</summary>
    NoDecision = 3,
}

/// <summary>The one place where verdicts and errors become exit codes.</summary>
internal static class ExitCodes
{
    /// <summary>The code of one verdict; one that this version does not know is no decision.</summary>
    internal static ExitCode Of(Verdict verdict) => verdict switch
    {
        Verdict.Valid => ExitCode.Done,
        Verdict.Undetermined or Verdict.Unspecified => ExitCode.NoDecision,
        _ => Enum.IsDefined(verdict) ? ExitCode.Refused : ExitCode.NoDecision,
    };

    /// <summary>The code of an error that a node answered.</summary>
    internal static ExitCode Of(StatusCode status) => status switch
    {
        StatusCode.OK => ExitCode.Done,
        StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.NotFound => ExitCode.BadInput,
        StatusCode.FailedPrecondition or StatusCode.AlreadyExists => ExitCode.Refused,
        _ => ExitCode.NoDecision,
    };

    /// <summary>The code for two results: 2 before 1 before 3 before 0.</summary>
    internal static ExitCode Worse(ExitCode one, ExitCode other) => Rank(one) >= Rank(other) ? one : other;

    private static int Rank(ExitCode code) => code switch
    {
        ExitCode.BadInput => 3,
        ExitCode.Refused => 2,
        ExitCode.NoDecision => 1,
        _ => 0,
    };
}

using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Grpc.Core;

namespace CrossProvince.Service.Limits;

/// <summary>What stands before every rpc, for plain HTTP endpoints: who calls, and how much.</summary>
internal static class CallerFilter
{
    /// <summary>Lets in callers of these roles, each within its limits; no role means any.</summary>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder endpoints, params CallerRole[] roles)
        where TBuilder : IEndpointConventionBuilder => endpoints.AddEndpointFilter(new Filter(roles));

    private sealed class Filter(CallerRole[] roles) : IEndpointFilter
    {
        public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
        {
            var http = context.HttpContext;
            var callers = http.RequestServices.GetRequiredService<Callers>();
            try
            {
                using var place = http.RequestServices.GetRequiredService<CallLimits>().Enter(callers.Identify(http), http.Connection.RemoteIpAddress);
                callers.Require(http, roles);
                return await next(context);
            }
            catch (RpcException e)
            {
                return HttpErrors.Result(e);
            }
        }
    }
}

using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Web;

/// <summary>The pages that people use in a browser, on <c>Listen:Web</c>.</summary>
public sealed class WebOptions
{
    /// <summary>How long somebody who has signed in on a page stays so without using it.</summary>
    /// <value>Default 15 min; 1 min to 12 h. The token's own end comes first.</value>
    [Range(typeof(TimeSpan), "00:01:00", "12:00:00")]
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromMinutes(15);
}

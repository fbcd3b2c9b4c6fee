package org.kdcloudlet.server.manager;

import gg.jte.Content;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.Version;
import org.kdcloudlet.server.account.Sessions;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.web.Reply;

/** Makes pages of templates, which were compiled with the program and encode everything that they are given. */
final class PageRenderer {
    private static final String TEMPLATES = "org.kdcloudlet.server.manager.page.template";
    /** What pages may say was done; the address of a page only chooses. */
    private static final Map<String, String> NOTICES = Map.of(
            "saved", "It was saved.",
            "removed", "It was removed.",
            "started", "The instance was started.",
            "password", "Your password was changed; your other sessions have ended.",
            "ended", "The session was ended.");

    private final String cloudlet;
    private final SessionCookie cookie;
    private final PageFiles files;
    private final TemplateEngine engine =
            TemplateEngine.createPrecompiled(null, ContentType.Html, PageRenderer.class.getClassLoader(), TEMPLATES);

    PageRenderer(String cloudlet, SessionCookie cookie, PageFiles files) {
        this.cloudlet = cloudlet;
        this.cookie = cookie;
        this.files = files;
    }

    /** What a page has around it, for who asks. */
    Frame frame(Context context, String title, String place) {
        return new Frame(
                title,
                place,
                cloudlet,
                Version.current(),
                AccessControl.known(context),
                cookie.read(context).map(Sessions::csrfToken).orElse(""),
                Optional.ofNullable(context.queryParam("done")).map(NOTICES::get),
                LiveFeed.address(context),
                files::address);
    }

    /** A part of a page, to be put into another template. */
    Content part(String template, Map<String, Object> values) {
        return output -> engine.render(template + ".jte", values, output);
    }

    /** Answers with a page. */
    void page(Context context, int status, String template, Frame frame, Map<String, Object> values) {
        Map<String, Object> all = new HashMap<>(values);
        all.put("frame", frame);
        send(context, status, template, all);
    }

    void page(Context context, String template, Frame frame, Map<String, Object> values) {
        page(context, HttpStatus.OK.getCode(), template, frame, values);
    }

    /** Answers with a part of a page, for a page that is shown already. */
    void fragment(Context context, String template, Map<String, Object> values) {
        send(context, HttpStatus.OK.getCode(), template, values);
    }

    /** Answers a page that asked for what has changed in it with the whole of that part instead. */
    void whole(Context context, String target, String template, Map<String, Object> values) {
        context.header("HX-Retarget", target);
        context.header("HX-Reswap", "innerHTML");
        fragment(context, template, values);
    }

    private void send(Context context, int status, String template, Map<String, Object> values) {
        StringOutput output = new StringOutput();
        engine.render(template + ".jte", values, output);
        byte[] body = output.toString().getBytes(StandardCharsets.UTF_8);
        new Reply(status, "text/html; charset=utf-8", body, Map.of()).sendTo(context);
    }

    /** Answers a form with another page, so that loading that again sends nothing again. */
    static void seeOther(Context context, String address) {
        context.header("Cache-Control", "no-store");
        context.redirect(address, HttpStatus.SEE_OTHER);
    }
}

package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.util.ArrayList;
import java.util.List;

/** All pages of the Manager. */
final class Pages implements AutoCloseable {
    private final AdminApi.Parts parts;
    private final PageFiles files = new PageFiles();
    private final PageRenderer renderer;
    private final LogInPages logIn;
    private final InstanceUsage usage;
    private final LiveFeed feed;
    private final ConsolePages consoles;
    private final OpenForms forms;

    Pages(String cloudletName, SessionCookie cookie, AdminApi.Parts parts, SmallBodies bodies) {
        this.parts = parts;
        forms = new OpenForms(bodies);
        renderer = new PageRenderer(cloudletName, cookie, files);
        logIn = new LogInPages(parts.accounts(), cookie, renderer);
        usage = new InstanceUsage(parts.instances());
        feed = new LiveFeed(parts.events(), usage::sample);
        consoles = new ConsolePages(parts, renderer, cookie);
    }

    /** Those for who is logged in. */
    List<AdminRoute> routes() {
        List<AdminRoute> routes = new ArrayList<>();
        routes.addAll(new OverviewPage(parts, renderer).routes());
        routes.addAll(new NewServicePage(parts, renderer).routes());
        routes.addAll(new ServicesPages(parts, renderer).routes());
        routes.addAll(new PreparationPages(parts, renderer).routes());
        routes.addAll(new PackagesPages(parts, renderer).routes());
        routes.addAll(new AppsPages(parts.apps(), renderer).routes());
        routes.addAll(new InstancesPages(parts, renderer, usage).routes());
        routes.addAll(new InstancePages(parts, renderer, usage).routes());
        routes.addAll(consoles.routes());
        routes.addAll(new OperationsPages(parts, renderer).routes());
        routes.addAll(new AuditPage(parts.accounts().audit(), renderer).routes());
        routes.addAll(new AdministratorsPages(parts.accounts(), renderer).routes());
        routes.addAll(new SettingsPages(parts.settings(), renderer).routes());
        routes.addAll(logIn.routes());
        routes.add(AdminRoute.get("/live", feed::follow));
        return routes;
    }

    /** What is done before each request for a page. */
    void before(Context context) {
        feed.note(context);
    }

    /** Adds the WebSockets of pages. */
    void registerSockets(RoutesConfig config, SiteGuard guard, AccessControl access) {
        consoles.registerSockets(config, guard, access);
    }

    /** Adds what is answered to everybody: the ways in, and the files of the pages. */
    void registerOpen(RoutesConfig config) {
        AccessControl.registerOpen(config, "/log-in", logIn::showLogIn);
        config.addEndpoint(new Endpoint(HandlerType.POST, "/log-in", forms.bounded(logIn::logIn)));
        AccessControl.registerOpen(config, "/setup", logIn::showSetup);
        config.addEndpoint(new Endpoint(HandlerType.POST, "/setup", forms.bounded(logIn::setup)));
        AccessControl.registerOpen(config, "/files/<name>", files::get);
        new PageErrors(renderer).register(config);
    }

    @Override
    public void close() {
        feed.close();
        consoles.close();
    }
}

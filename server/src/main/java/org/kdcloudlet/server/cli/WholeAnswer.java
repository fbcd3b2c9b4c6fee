package org.kdcloudlet.server.cli;

import java.io.EOFException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;

/**
 * Waits for a whole answer. One that comes before the request was sent, as a refusal of its body does (RFC 9110, 10.1.1), counts as
 * well, whatever becomes of the rest of the request: read as a stream, such an answer is dropped when the request is given up.
 */
final class WholeAnswer extends BufferingResponseListener {
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    /** What came. */
    record Answer(Response response, byte[] body) {}

    /** @param maxBytes of its body; one that has more fails */
    WholeAnswer(int maxBytes) {
        super(maxBytes);
    }

    /** In words, why none came; of a connection that was closed, Jetty tells what its own insides look like. */
    static String whyNot(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof EOFException || cause instanceof ClosedChannelException) {
                return "the server closed it.";
            }
        }
        return String.valueOf(failure.getMessage());
    }

    @Override
    public void onSuccess(Response response) {
        answer.complete(new Answer(response, getContent()));
    }

    @Override
    public void onComplete(Result result) {
        super.onComplete(result);
        if (result.isFailed()) {
            answer.completeExceptionally(result.getFailure());
        }
    }

    /**
     * Waits until it is there.
     *
     * @throws ExecutionException why it did not come whole
     */
    Answer get(long seconds) throws ExecutionException, InterruptedException, TimeoutException {
        return answer.get(seconds, TimeUnit.SECONDS);
    }
}

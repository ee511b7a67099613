"""What a session will do to StackOne's accounts, and what it did (pure).

``predict`` guesses before the hub opens; ``deduce`` judges afterwards, from facts alone: the same
facts give the same outcomes, whatever order they arrived in. Source: StackOne notes §3.1.
"""

from stackone_connect.prediction.news import news_of
from stackone_connect.prediction.outcomes import deduce, deduce_all
from stackone_connect.prediction.paths import predict

__all__ = ["deduce", "deduce_all", "news_of", "predict"]
